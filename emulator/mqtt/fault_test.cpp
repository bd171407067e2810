// SPDX-License-Identifier: Apache-2.0
// Faults, as clients meet them by MQTT.
#include "emulator/testing/mqtt_peer.hpp"
#include "emulator/testing/sign.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::mqtt {
namespace {

using emulator::testing::hub_connect;
using emulator::testing::json_of;
using emulator::testing::MqttPeer;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::StartsWith;
using Ending = http::Delivery::Ending;

constexpr auto key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr auto responses_filter = "$iothub/twin/res/#";
constexpr auto get_twin = "$iothub/twin/GET/?$rid=1";
constexpr auto report = "$iothub/twin/PATCH/properties/reported/?$rid=2";
constexpr auto events = "devices/press/messages/events/";

class MqttFaults : public ::testing::Test {
protected:
    void set(json fault) { ASSERT_EQ(world.control("POST", "/faults", fault.dump()).status, 201) << fault; }
    int hits() { return json_of(world.control("GET", "/faults")).at("faults").at(0).at("hits").get<int>(); }
    [[nodiscard]] Connect device() const { return hub_connect(world, id, device_key); }
    [[nodiscard]] Connect registration() const {
        const auto resource = world.instance.id_scope + "/registrations/dev-1";
        return {.client_id = "dev-1",
                .keep_alive = 60,
                .user_name = resource + "/api-version=2019-03-31",
                .password = device_agent::SecretText(
                    emulator::testing::sign_base64(resource, key, world.in_an_hour(), "registration"))};
    }

    emulator::testing::World world;
    const hub::IdentityId id{"localhost", "press"};
    const std::string device_key =
        world.put_device("press").at("authentication").at("symmetricKey").at("primaryKey");
};

TEST_F(MqttFaults, AConnectIsRefused) {
    set({{"kind", "throttled"}, {"service", "hub"}, {"operation", "connect"}, {"count", 1}});
    set({{"kind", "error"}, {"service", "hub"}, {"operation", "connect"}, {"status", 401}, {"count", 1}});
    set({{"kind", "error"}, {"service", "hub"}, {"hub", "127.0.0.1"}});
    set({{"kind", "error"}, {"service", "dps"}});
    EXPECT_EQ(MqttPeer(world).connect(device()), ConnectCode::server_unavailable);
    EXPECT_EQ(MqttPeer(world).connect(device()), ConnectCode::not_authorized);
    EXPECT_EQ(MqttPeer(world).connect(device()), ConnectCode::accepted)
        << "the others are for other services";
    EXPECT_EQ(MqttPeer(world).connect(registration()), ConnectCode::server_unavailable);
}

TEST_F(MqttFaults, ATwinsOperationIsAnsweredByTheFault) {
    MqttPeer peer(world);
    peer.connect(device());
    peer.subscribe(responses_filter);
    set({{"kind", "throttled"}, {"service", "hub"}, {"operation", "getTwin"}, {"count", 1}});
    set({{"kind", "error"}, {"service", "hub"}, {"operation", "reportProperties"}, {"status", 503}});
    peer.publish(get_twin);
    const auto throttled = peer.receive().value().publish;
    EXPECT_EQ(throttled.topic, "$iothub/twin/res/429/?$rid=1");
    EXPECT_EQ(json::parse(throttled.payload).at("errorCode"), 429001);
    peer.publish(report, R"({"a": 1})");
    EXPECT_EQ(peer.receive().value().publish.topic, "$iothub/twin/res/503/?$rid=2");
    peer.publish(get_twin);
    EXPECT_THAT(peer.receive().value().publish.payload, ::testing::Not(HasSubstr("\"a\"")))
        << "it was not carried out";
}

TEST_F(MqttFaults, TelemetryIsNotAcknowledged) {
    MqttPeer peer(world);
    peer.connect(device());
    set({{"kind", "throttled"}, {"service", "hub"}, {"operation", "telemetry"}});
    peer.publish(events, "x", Qos::at_least_once);
    EXPECT_FALSE(peer.receive());
    EXPECT_THAT(peer.closed(), Optional(StartsWith("fault 1: throttled")));
    EXPECT_TRUE(world.emulator->hub_services().telemetry.read({.hub = "localhost"}).empty());
}

TEST_F(MqttFaults, ASubscriptionFails) {
    MqttPeer peer(world);
    peer.connect(device());
    set({{"kind", "error"}, {"service", "hub"}, {"operation", "subscribe"}, {"count", 1}});
    EXPECT_EQ(peer.subscribe(responses_filter), Qos::failure);
    EXPECT_EQ(peer.subscribe(responses_filter), Qos::at_least_once);
}

TEST_F(MqttFaults, ARegistrationIsThrottledInItsTopic) {
    world.enroll("dev-1", json{{"type", "symmetricKey"},
                               {"symmetricKey", {{"primaryKey", key}, {"secondaryKey", key}}}});
    MqttPeer peer(world);
    ASSERT_EQ(peer.connect(registration()), ConnectCode::accepted);
    peer.subscribe("$dps/registrations/res/#", Qos::at_most_once);
    set({{"kind", "throttled"}, {"service", "dps"}, {"retryAfter", 7}, {"count", 1}});
    set({{"kind", "allocationFailed"}, {"service", "dps"}});
    const auto answer = [&] {
        peer.publish("$dps/registrations/PUT/iotdps-register/?$rid=1", R"({"registrationId": "dev-1"})");
        return peer.receive().value().publish;
    };
    const auto throttled = answer();
    EXPECT_EQ(throttled.topic, "$dps/registrations/res/429/?$rid=1&retry-after=7");
    EXPECT_EQ(json::parse(throttled.payload).at("errorCode"), 429001);
    EXPECT_EQ(json::parse(answer().payload).at("registrationState").at("errorCode"), 400208);
    MqttPeer another(world);
    EXPECT_EQ(another.connect(registration()), ConnectCode::accepted) << "a connection allocates nothing";
}

TEST_F(MqttFaults, AnAnswerIsLateOrStopsHalfway) {
    MqttPeer peer(world);
    peer.connect(device());
    peer.subscribe(responses_filter);
    const std::vector<std::pair<const char*, Ending>> kinds{
        {"slow", Ending::whole}, {"stalled", Ending::stall_halfway}, {"cut", Ending::cut_halfway}};
    for (const auto& [kind, ending] : kinds) {
        set({{"kind", kind}, {"service", "hub"}, {"count", 1}});
        peer.publish(get_twin);
        ASSERT_TRUE(peer.receive());
        ASSERT_TRUE(peer.last_delivery()) << kind;
        EXPECT_EQ(peer.last_delivery()->ending, ending) << kind;
        peer.publish(get_twin);
        ASSERT_TRUE(peer.receive());
        EXPECT_FALSE(peer.last_delivery()) << "used up";
    }
}

TEST_F(MqttFaults, ABodyIsGarbageOrHuge) {
    MqttPeer peer(world);
    peer.connect(device());
    peer.subscribe(responses_filter);
    set({{"kind", "garbage"}, {"service", "hub"}, {"count", 1}});
    set({{"kind", "huge"}, {"service", "hub"}, {"size", 1'000'000}, {"count", 1}});
    peer.publish(get_twin);
    const auto garbage = peer.receive().value().publish;
    EXPECT_EQ(garbage.topic, "$iothub/twin/res/200/?$rid=1");
    EXPECT_FALSE(json::accept(garbage.payload));
    peer.publish(get_twin);
    EXPECT_EQ(peer.receive().value().publish.payload.size(), 1'000'000U);
}

TEST_F(MqttFaults, WhereThereIsNoBodyThePacketIsWrong) {
    set({{"kind", "garbage"}, {"service", "hub"}, {"operation", "connect"}, {"count", 1}});
    set({{"kind", "huge"}, {"service", "hub"}, {"operation", "connect"}, {"size", 70'000}});
    MqttPeer garbage(world);
    garbage.send(emulator::testing::connect_packet(device()));
    EXPECT_EQ(garbage.receive_bytes(), faults::garbage());
    MqttPeer huge(world);
    huge.send(emulator::testing::connect_packet(device()));
    const auto packet = huge.receive_bytes();
    EXPECT_EQ(packet.front(), '\x20');
    EXPECT_EQ(packet.size(), 4U + 70'000U);
}

TEST_F(MqttFaults, WhatHasNoAnswerSpoilsNothingElse) {
    MqttPeer peer(world);
    peer.connect(device());
    set({{"kind", "cut"}, {"service", "hub"}});
    peer.publish(events, "x", Qos::at_most_once);
    EXPECT_EQ(hits(), 1);
    peer.send(emulator::testing::pingreq_packet);
    EXPECT_EQ(peer.receive().value().type, 13U);
    EXPECT_FALSE(peer.last_delivery());
}

}  // namespace
}  // namespace emulator::mqtt
