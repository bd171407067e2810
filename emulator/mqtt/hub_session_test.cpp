// SPDX-License-Identifier: Apache-2.0
// What a device and its hub say to each other over MQTT, by the ids in docs/emulator.md.
#include "emulator/testing/mqtt_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::mqtt {
namespace {

using emulator::testing::disconnect_packet;
using emulator::testing::hub_connect;
using emulator::testing::json_of;
using emulator::testing::MqttPeer;
using hub::find_property;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr auto events = "devices/press/messages/events/";
constexpr auto messages_filter = "devices/press/messages/devicebound/#";
constexpr auto desired_filter = "$iothub/twin/PATCH/properties/desired/#";
constexpr auto responses_filter = "$iothub/twin/res/#";
constexpr auto methods_filter = "$iothub/methods/POST/#";
constexpr auto get_twin = "$iothub/twin/GET/?$rid=1";
constexpr auto patch_twin = "$iothub/twin/PATCH/properties/reported/?$rid=2";

class HubSessions : public ::testing::Test {
protected:
    [[nodiscard]] Connect valid(bool clean = true) const {
        auto connect = hub_connect(world, id, key);
        connect.clean_session = clean;
        return connect;
    }

    // What the hub has of this device's telemetry.
    [[nodiscard]] std::vector<hub::TelemetryEntry> telemetry() const {
        return world.emulator->hub_services().telemetry.read({.hub = "localhost"});
    }
    void send_to_device(const std::string& body, hub::MessageProperties application = {}) {
        auto& services = world.emulator->hub_services();
        auto transaction = services.database.begin();
        services.cloud_messages.send(
            transaction, id,
            {.body = body, .system = {{"messageId", "m 1"}}, .application = std::move(application)},
            hub::CloudMessages::Ack::none, std::nullopt);
        transaction.commit();
    }
    void patch_desired(const json& desired) {
        EXPECT_EQ(world
                      .send("PATCH", "/twins/press", {{"Authorization", world.policy_token()}},
                            json{{"properties", {{"desired", desired}}}}.dump())
                      .status,
                  200);
    }
    // Answers once the device, or the lack of one, has.
    std::shared_ptr<std::optional<http::Response>> call_method(const json& body,
                                                               const std::string& identity = "press") {
        auto answer = std::make_shared<std::optional<http::Response>>();
        auto response = world.send("POST", "/twins/" + identity + "/methods",
                                   {{"Authorization", world.policy_token()}}, body.dump());
        if (!response.later) {
            *answer = std::move(response);
        } else {
            response.later([answer](http::Response made) { *answer = std::move(made); });
        }
        return answer;
    }

    mutable emulator::testing::World world;
    const hub::IdentityId id{"localhost", "press"};
    const std::string key =
        world.put_device("press").at("authentication").at("symmetricKey").at("primaryKey");
};

TEST_F(HubSessions, Mqtt30TelemetryCarriesItsProperties) {
    MqttPeer peer(world);
    peer.connect(valid());
    peer.publish(std::string(events) + "a=1%262&b&%24.mid=7&%24.ct=text%2Fplain", "hello",
                 Qos::at_least_once);
    EXPECT_EQ(peer.receive().value().type, 4U);
    const auto entry = telemetry().at(0);
    EXPECT_EQ(entry.from, id);
    EXPECT_EQ(entry.message.body, "hello");
    EXPECT_EQ(entry.message.application, (hub::MessageProperties{{"a", "1&2"}, {"b", ""}}));
    EXPECT_EQ(find_property(entry.message.system, "messageId"), "7");
    EXPECT_EQ(find_property(entry.message.system, "contentType"), "text/plain");
}

TEST_F(HubSessions, Mqtt31RetainBecomesAProperty) {
    MqttPeer peer(world);
    peer.connect(valid());
    peer.publish(events, "x", Qos::at_most_once, true);
    EXPECT_EQ(find_property(telemetry().at(0).message.application, "mqtt-retain"), "true");
}

TEST_F(HubSessions, Mqtt32AMessageHasAtMost256Kb) {
    MqttPeer peer(world);
    peer.connect(valid());
    peer.publish(events, std::string(256UL * 1024, 'x'), Qos::at_least_once);
    EXPECT_EQ(peer.receive().value().type, 4U);
    peer.publish(events, std::string(256UL * 1024 + 1, 'x'), Qos::at_least_once);
    EXPECT_THAT(peer.closed(), Optional(HasSubstr("256 KB")));
    EXPECT_EQ(telemetry().size(), 1U);
}

TEST_F(HubSessions, Mqtt33TheWillOfWhoVanishesIsTelemetry) {
    auto connect = valid();
    connect.will = Will{.topic = std::string(events) + "a=1", .message = "bye"};
    {
        MqttPeer polite(world);
        polite.connect(connect);
        polite.send(disconnect_packet);
    }
    EXPECT_TRUE(telemetry().empty()) << "who says goodbye has no last words";
    MqttPeer peer(world);
    peer.connect(connect);
    peer.vanish();
    const auto message = telemetry().at(0).message;
    EXPECT_EQ(message.body, "bye");
    EXPECT_EQ(find_property(message.application, "iothub-MessageType"), "Will");
    EXPECT_EQ(find_property(message.application, "a"), "1");
}

TEST_F(HubSessions, Mqtt34TheTwinIsReadUnwrapped) {
    MqttPeer peer(world);
    peer.connect(valid());
    peer.publish(get_twin, " ");
    EXPECT_FALSE(peer.receive()) << "no subscription, no answer";
    peer.subscribe(responses_filter);
    peer.publish(get_twin);
    const auto answer = peer.receive().value().publish;
    EXPECT_EQ(answer.topic, "$iothub/twin/res/200/?$rid=1");
    EXPECT_EQ(answer.qos, Qos::at_most_once);
    const auto twin = json::parse(answer.payload);
    EXPECT_EQ(twin.at("desired").at("$version"), 1);
    EXPECT_EQ(twin.at("reported").at("$version"), 1);
}

TEST_F(HubSessions, Mqtt35ReportedPropertiesAreMerged) {
    MqttPeer peer(world);
    peer.connect(valid());
    peer.subscribe(responses_filter);
    peer.publish(patch_twin, R"({"a": {"b": 1}})");
    const auto answer = peer.receive().value().publish;
    EXPECT_EQ(answer.topic, "$iothub/twin/res/204/?$rid=2&$version=2");
    EXPECT_EQ(answer.payload, "");
    peer.publish(get_twin);
    EXPECT_EQ(json::parse(peer.receive().value().publish.payload).at("reported").at("a").at("b"), 1);
}

TEST_F(HubSessions, Mqtt36ARefusedPatchIsToldWithItsCode) {
    MqttPeer peer(world);
    peer.connect(valid());
    peer.subscribe(responses_filter);
    for (const std::string body : {"", "{", "[1]", R"({"$x": 1})", R"({"a.b": 1})"}) {
        peer.publish(patch_twin, body);
        const auto answer = peer.receive().value().publish;
        EXPECT_EQ(answer.topic, "$iothub/twin/res/400/?$rid=2") << body;
        EXPECT_TRUE(json::parse(answer.payload).at("errorCode").is_number());
    }
    peer.publish(patch_twin, json{{"a", std::string(40'000, 'x')}}.dump());
    EXPECT_THAT(peer.receive().value().publish.topic, HasSubstr("/res/4"));
    EXPECT_FALSE(peer.closed());
}

TEST_F(HubSessions, Mqtt37DesiredChangesArePublished) {
    MqttPeer peer(world);
    peer.connect(valid());
    patch_desired({{"before", 1}});
    EXPECT_FALSE(peer.receive());
    peer.subscribe(desired_filter, Qos::at_most_once);
    patch_desired({{"a", 1}, {"before", nullptr}});
    const auto change = peer.receive().value().publish;
    EXPECT_EQ(change.topic, "$iothub/twin/PATCH/properties/desired/?$version=3");
    EXPECT_EQ(json::parse(change.payload), (json{{"a", 1}, {"before", nullptr}, {"$version", 3}}));
    EXPECT_EQ(change.qos, Qos::at_most_once);
}

TEST_F(HubSessions, Mqtt38CloudToDeviceMessagesAreSettledByTheirAcknowledgement) {
    send_to_device("one", {{"a", "b c"}});
    MqttPeer peer(world);
    peer.connect(valid());
    EXPECT_FALSE(peer.receive()) << "not subscribed yet";
    peer.subscribe(messages_filter);
    const auto first = peer.receive().value().publish;
    EXPECT_EQ(first.payload, "one");
    EXPECT_EQ(first.qos, Qos::at_least_once);
    EXPECT_THAT(first.topic, ::testing::StartsWith("devices/press/messages/devicebound/"));
    EXPECT_THAT(first.topic, HasSubstr("%24.mid=m%201"));
    EXPECT_THAT(first.topic, HasSubstr("a=b%20c"));
    send_to_device("two");
    const auto second = peer.receive().value().publish;
    peer.acknowledge(second);
    peer.vanish();

    MqttPeer again(world);
    again.connect(valid());
    again.subscribe(messages_filter);
    const auto redelivered = again.receive().value().publish;
    EXPECT_EQ(redelivered.payload, "one") << "what was not acknowledged waits again";
    again.acknowledge(redelivered);
    EXPECT_FALSE(again.receive());
    const auto pending = world.send("GET", "/devices/press", {{"Authorization", world.policy_token()}});
    EXPECT_EQ(json_of(pending).at("cloudToDeviceMessageCount"), 0);
}

TEST_F(HubSessions, Mqtt39AMessageOfQosZeroIsGoneWhenItIsSent) {
    send_to_device("one");
    MqttPeer peer(world);
    peer.connect(valid());
    EXPECT_EQ(peer.subscribe(messages_filter, Qos::at_most_once), Qos::at_most_once);
    EXPECT_EQ(peer.receive().value().publish.qos, Qos::at_most_once);
    peer.vanish();
    MqttPeer again(world);
    again.connect(valid());
    again.subscribe(messages_filter);
    EXPECT_FALSE(again.receive());
}

TEST_F(HubSessions, Mqtt40NoMoreAreUnderWayThanAreAcknowledged) {
    for (std::size_t i = 0; i < HubSession::most_in_flight + 1; ++i)
        send_to_device(std::to_string(i));
    MqttPeer peer(world);
    peer.connect(valid());
    peer.subscribe(messages_filter);
    std::vector<Publish> got;
    while (auto packet = peer.receive())
        got.push_back(packet->publish);
    EXPECT_EQ(got.size(), HubSession::most_in_flight);
    peer.acknowledge(got.front());
    EXPECT_EQ(peer.receive().value().publish.payload, std::to_string(HubSession::most_in_flight));
}

TEST_F(HubSessions, Mqtt41ASessionIsKeptWhenTheClientWants) {
    {
        MqttPeer peer(world);
        peer.connect(valid(false));
        EXPECT_FALSE(peer.session_present());
        peer.subscribe(desired_filter);
        patch_desired({{"a", 1}});
        EXPECT_EQ(peer.receive().value().publish.qos, Qos::at_least_once);
    }
    {
        MqttPeer peer(world);
        peer.connect(valid(false));
        EXPECT_TRUE(peer.session_present());
        const auto again = peer.receive().value().publish;
        EXPECT_TRUE(again.duplicate) << "it was not acknowledged";
        EXPECT_EQ(json::parse(again.payload).at("a"), 1);
        peer.acknowledge(again);
        patch_desired({{"a", 2}});
        EXPECT_EQ(json::parse(peer.receive().value().publish.payload).at("a"), 2)
            << "the subscription is kept";
    }
    MqttPeer clean(world);
    clean.connect(valid(true));
    EXPECT_FALSE(clean.session_present());
    patch_desired({{"a", 3}});
    EXPECT_FALSE(clean.receive());
    clean.send(disconnect_packet);
    MqttPeer after(world);
    after.connect(valid(false));
    EXPECT_FALSE(after.session_present()) << "a clean session ends the one that was kept";
}

TEST_F(HubSessions, WhatFailsBetweenTwoPacketsEndsTheConnection) {
    MqttPeer peer(world);
    peer.connect(valid());
    peer.stop_reading();
    peer.subscribe(messages_filter);
    world.send("DELETE", "/devices/press", {{"Authorization", world.policy_token()}});
    EXPECT_NO_THROW(peer.read_on());
    EXPECT_THAT(peer.closed(), Optional(HasSubstr("There is no device press")));
}

TEST_F(HubSessions, AMessageForADeviceThatIsBeingDeletedEndsTheConnection) {
    MqttPeer peer(world);
    peer.connect(valid());
    peer.subscribe(messages_filter);
    send_to_device("too late");
    world.send("DELETE", "/devices/press", {{"Authorization", world.policy_token()}});
    EXPECT_FALSE(peer.receive());
    EXPECT_THAT(peer.closed(), Optional(HasSubstr("device press")));
}

TEST_F(HubSessions, Mqtt42MethodsAreCalledAndAnswered) {
    MqttPeer peer(world);
    peer.connect(valid());
    peer.subscribe(methods_filter, Qos::at_most_once);
    const auto answer = call_method({{"methodName", "reboot"}, {"payload", {{"in", 5}}}});
    const auto call = peer.receive().value().publish;
    EXPECT_EQ(call.topic, "$iothub/methods/POST/reboot/?$rid=1");
    EXPECT_EQ(json::parse(call.payload), (json{{"in", 5}}));
    EXPECT_FALSE(*answer);
    peer.publish("$iothub/methods/res/200/?$rid=99", "{}");
    EXPECT_FALSE(*answer) << "nobody asked";
    peer.publish("$iothub/methods/res/299/?$rid=1", R"({"ok": true})");
    ASSERT_TRUE(*answer);
    EXPECT_EQ((*answer)->status, 200);
    EXPECT_EQ(json_of(**answer), (json{{"status", 299}, {"payload", {{"ok", true}}}}));
}

TEST_F(HubSessions, Mqtt43AMethodNeedsADeviceThatListens) {
    const auto expect_not_online = [&](const std::shared_ptr<std::optional<http::Response>>& answer) {
        ASSERT_TRUE(*answer);
        EXPECT_EQ((*answer)->status, 404);
        EXPECT_EQ((*answer)->headers.find("iothub-errorcode"), "DeviceNotOnline");
    };
    expect_not_online(call_method({{"methodName", "x"}}));
    MqttPeer peer(world);
    peer.connect(valid());
    const auto deaf = call_method({{"methodName", "x"}});
    EXPECT_FALSE(peer.receive());
    expect_not_online(deaf);
    peer.subscribe(methods_filter);
    const auto left = call_method({{"methodName", "x"}});
    EXPECT_TRUE(peer.receive());
    peer.vanish();
    expect_not_online(left);
}

TEST_F(HubSessions, ADeviceThatAnswersNoMethodIsStillCalled) {
    MqttPeer peer(world);
    peer.connect(valid());
    peer.subscribe(methods_filter);
    const auto first = call_method({{"methodName", "x"}});
    EXPECT_TRUE(peer.receive());
    std::vector<std::shared_ptr<std::optional<http::Response>>> others;
    for (std::size_t i = 0; i < HubSession::most_calls; ++i) {
        others.push_back(call_method({{"methodName", "x"}}));
        EXPECT_TRUE(peer.receive()) << i;
        EXPECT_FALSE(*others.back()) << i;
    }
    EXPECT_TRUE(*first) << "nobody waits for it any more";
    EXPECT_FALSE(*others.front());
}

TEST_F(HubSessions, Mqtt44AMethodsAnswerIsJsonOfAtMost128Kb) {
    for (const auto& body : {std::string("no json"), "\"" + std::string(128UL * 1024, 'x') + "\""}) {
        MqttPeer peer(world);
        peer.connect(valid());
        peer.publish("$iothub/methods/res/200/?$rid=1", body);
        EXPECT_THAT(peer.closed(), Optional(HasSubstr("a method's response")));
    }
}

TEST_F(HubSessions, Mqtt45ModulesSpeakForThemselves) {
    const std::string module_key =
        world.put_module("press", "App").at("authentication").at("symmetricKey").at("primaryKey");
    const hub::IdentityId module{"localhost", "press", "App"};
    MqttPeer peer(world);
    EXPECT_EQ(peer.connect(hub_connect(world, module, module_key)), ConnectCode::accepted);
    EXPECT_EQ(peer.subscribe("devices/press/modules/App/#"), Qos::at_least_once);
    EXPECT_EQ(peer.subscribe(methods_filter), Qos::at_least_once);
    peer.publish("devices/press/modules/App/messages/events/", "x", Qos::at_least_once);
    EXPECT_EQ(peer.receive().value().type, 4U);
    EXPECT_EQ(telemetry().at(0).from, module);
    const auto answer = call_method({{"methodName", "x"}}, "press/modules/App");
    EXPECT_EQ(peer.receive().value().publish.topic, "$iothub/methods/POST/x/?$rid=1");
    peer.publish("$iothub/methods/res/200/?$rid=1");
    EXPECT_EQ(json_of(answer->value()), (json{{"status", 200}, {"payload", nullptr}}));
}

TEST_F(HubSessions, TheRegistryShowsWhoIsConnected) {
    const auto state = [&] {
        return json_of(world.send("GET", "/devices/press", {{"Authorization", world.policy_token()}}))
            .at("connectionState");
    };
    EXPECT_EQ(state(), "Disconnected");
    {
        MqttPeer peer(world);
        peer.connect(valid());
        EXPECT_EQ(state(), "Connected");
    }
    EXPECT_EQ(state(), "Disconnected");
}

}  // namespace
}  // namespace emulator::mqtt
