// SPDX-License-Identifier: Apache-2.0
// Registering by MQTT, by the ids in docs/emulator.md.
#include "emulator/testing/mqtt_peer.hpp"
#include "emulator/testing/sign.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::mqtt {
namespace {

using emulator::testing::MqttPeer;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr auto key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr auto filter = "$dps/registrations/res/#";
constexpr auto register_topic = "$dps/registrations/PUT/iotdps-register/?$rid=1";

class DpsSessions : public ::testing::Test {
protected:
    DpsSessions() {
        world.enroll("dev-1", json{{"type", "symmetricKey"},
                                   {"symmetricKey", {{"primaryKey", key}, {"secondaryKey", key}}}});
    }
    [[nodiscard]] Connect valid(const std::string& registration_id = "dev-1") const {
        const auto resource = world.instance.id_scope + "/registrations/" + registration_id;
        return {.client_id = registration_id,
                .keep_alive = 60,
                .user_name = resource + "/api-version=2019-03-31&ClientVersion=x%2F1.0",
                .password = device_agent::SecretText(
                    emulator::testing::sign_base64(resource, key, world.in_an_hour(), "registration"))};
    }
    ConnectCode code_of(const Connect& connect) { return MqttPeer(world).connect(connect); }

    emulator::testing::World world;
};

TEST_F(DpsSessions, Mqtt60NamesAreChecked) {
    EXPECT_EQ(code_of(valid()), ConnectCode::accepted);
    auto other_client = valid();
    other_client.client_id = "dev-2";
    EXPECT_EQ(code_of(other_client), ConnectCode::client_id_rejected);
    for (const auto* name :
         {"/registrations/dev-1", "/registrations/dev-1/", "/registrations/dev-1/api-version="}) {
        auto connect = valid();
        connect.user_name = world.instance.id_scope + name;
        EXPECT_EQ(code_of(connect), ConnectCode::bad_user_name_or_password) << name;
    }
    auto other_scope = valid();
    other_scope.user_name = "0neFFFFFFFF/registrations/dev-1/api-version=2019-03-31";
    EXPECT_EQ(code_of(other_scope), ConnectCode::not_authorized);
}

TEST_F(DpsSessions, Mqtt61TheCredentialIsTheEnrollments) {
    EXPECT_EQ(code_of(valid("stranger")), ConnectCode::not_authorized);
    auto without = valid();
    without.password.reset();
    EXPECT_EQ(code_of(without), ConnectCode::not_authorized);
    auto wrong = valid();
    wrong.password = device_agent::SecretText(emulator::testing::sign_base64(
        world.instance.id_scope + "/registrations/dev-1",
        "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=", world.in_an_hour(), "registration"));
    EXPECT_EQ(code_of(wrong), ConnectCode::not_authorized);
    auto no_token = valid();
    no_token.password = device_agent::SecretText("secret");
    EXPECT_EQ(code_of(no_token), ConnectCode::bad_user_name_or_password);
}

TEST_F(DpsSessions, Mqtt62ATpmDoesNotAttestByMqtt) {
    world.enroll("tpm-1", emulator::testing::software_tpm());
    auto connect = valid("tpm-1");
    EXPECT_EQ(code_of(connect), ConnectCode::not_authorized);
    connect.password.reset();
    EXPECT_EQ(code_of(connect), ConnectCode::not_authorized);
}

TEST_F(DpsSessions, Mqtt63OnlyTheTopicsOfDpsAreServed) {
    for (const auto* topic : {"devices/dev-1/messages/events/", "$iothub/twin/GET/?$rid=1",
                              "$dps/registrations/PUT/iotdps-register/"}) {
        MqttPeer peer(world);
        peer.connect(valid());
        peer.publish(topic);
        EXPECT_TRUE(peer.closed()) << topic;
    }
    MqttPeer peer(world);
    peer.connect(valid());
    peer.send(emulator::testing::subscribe_packet(1, {{"$dps/#", Qos::at_least_once}}));
    EXPECT_THAT(peer.closed(), Optional(HasSubstr("a subscription to")));
}

TEST_F(DpsSessions, Mqtt64ADeviceRegisters) {
    MqttPeer peer(world);
    peer.connect(valid());
    EXPECT_EQ(peer.subscribe(filter, Qos::exactly_once), Qos::at_least_once);
    peer.publish(register_topic, R"({"registrationId": "dev-1"})", Qos::at_least_once);
    const auto accepted = peer.receive().value().publish;
    EXPECT_EQ(accepted.topic, "$dps/registrations/res/202/?$rid=1&retry-after=1");
    EXPECT_EQ(accepted.qos, Qos::at_least_once);
    peer.acknowledge(accepted);
    EXPECT_EQ(peer.receive().value().type, 4U) << "the PUBACK of the request";
    const std::string operation = json::parse(accepted.payload).at("operationId");

    world.clock.advance(std::chrono::seconds{1});
    peer.publish("$dps/registrations/GET/iotdps-get-operationstatus/?$rid=a b&operationId=" + operation, " ");
    const auto assigned = peer.receive().value().publish;
    EXPECT_EQ(assigned.topic, "$dps/registrations/res/200/?$rid=a%20b");
    EXPECT_NE(assigned.packet_id, accepted.packet_id);
    const auto state = json::parse(assigned.payload).at("registrationState");
    EXPECT_EQ(state.at("assignedHub"), "localhost");
    EXPECT_EQ(state.at("deviceId"), "dev-1");

    peer.publish(register_topic, "{");
    EXPECT_THAT(peer.receive().value().publish.topic, HasSubstr("/res/400/"));
    EXPECT_FALSE(peer.closed());
}

TEST_F(DpsSessions, Mqtt65NothingOutlivesAConnection) {
    auto connect = valid();
    connect.clean_session = false;
    {
        MqttPeer peer(world);
        EXPECT_EQ(peer.connect(connect), ConnectCode::accepted);
        EXPECT_EQ(peer.subscribe(filter), Qos::at_least_once);
    }
    MqttPeer again(world);
    EXPECT_EQ(again.connect(connect), ConnectCode::accepted);
    EXPECT_FALSE(again.session_present());
    again.publish(register_topic, "{}");
    EXPECT_FALSE(again.receive()) << "the subscription is not kept";

    connect.will = Will{.topic = register_topic, .message = "{}"};
    EXPECT_EQ(code_of(connect), ConnectCode::not_authorized);
}

TEST_F(DpsSessions, Mqtt66AConnectionEndsWithItsToken) {
    auto connect = valid();
    connect.keep_alive = 0;
    connect.password = device_agent::SecretText(
        emulator::testing::sign_base64(world.instance.id_scope + "/registrations/dev-1", key,
                                       world.clock.now() + std::chrono::seconds{300}, "registration"));
    MqttPeer peer(world);
    EXPECT_EQ(peer.connect(connect), ConnectCode::accepted);
    world.clock.advance(std::chrono::seconds{300});
    peer.check_time();
    EXPECT_THAT(peer.closed(), Optional(HasSubstr("expired")));
    EXPECT_EQ(code_of(connect), ConnectCode::not_authorized);
}

TEST_F(DpsSessions, Mqtt67WhatDpsRefusesIsToldWithItsCode) {
    MqttPeer peer(world);
    peer.connect(valid());
    peer.subscribe(filter);
    const auto refused = [&](const std::string& topic, const std::string& body) {
        peer.publish(topic, body);
        const auto answer = peer.receive().value().publish;
        const auto code = json::parse(answer.payload).at("errorCode").get<int>();
        EXPECT_EQ(answer.topic, "$dps/registrations/res/" + std::to_string(code / 1000) + "/?$rid=1");
        return code;
    };
    EXPECT_EQ(refused(register_topic, "[]"), 400004);
    EXPECT_EQ(refused(register_topic, R"({"registrationId": "dev-2"})"), 400004);
    EXPECT_EQ(refused(register_topic, json{{"payload", std::string(96U * 1024U, 'x')}}.dump()), 413001);
    EXPECT_EQ(refused("$dps/registrations/GET/iotdps-get-operationstatus/?$rid=1&operationId=5.none", ""),
              404001);
    EXPECT_FALSE(peer.closed());
}

}  // namespace
}  // namespace emulator::mqtt
