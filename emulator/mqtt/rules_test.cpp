// SPDX-License-Identifier: Apache-2.0
// The rules of MQTT and of CONNECT, by their ids in docs/emulator.md: a client that breaks one is refused.
#include "emulator/testing/certificates.hpp"
#include "emulator/testing/mqtt_peer.hpp"
#include "emulator/testing/sign.hpp"
#include "foundation/digest.hpp"
#include "foundation/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::mqtt {
namespace {

using emulator::testing::connect_packet;
using emulator::testing::disconnect_packet;
using emulator::testing::hub_connect;
using emulator::testing::MqttPeer;
using emulator::testing::pingreq_packet;
using emulator::testing::subscribe_packet;
using emulator::testing::unsubscribe_packet;
using ::testing::HasSubstr;
using ::testing::Optional;
using namespace std::chrono_literals;
using namespace std::string_literals;

class MqttRules : public ::testing::Test {
protected:
    [[nodiscard]] Connect valid() const { return hub_connect(world, id, key); }
    [[nodiscard]] Connect valid_module() const { return hub_connect(world, module_id, module_key); }

    ConnectCode code_of(const Connect& connect, std::vector<device_agent::Bytes> certificates = {}) {
        MqttPeer peer(world, std::move(certificates));
        const auto code = peer.connect(connect);
        EXPECT_EQ(peer.closed().has_value(), code != ConnectCode::accepted);
        return code;
    }

    emulator::testing::World world;
    const hub::IdentityId id{"localhost", "press"};
    const hub::IdentityId module_id{"localhost", "press", "App"};
    const std::string key =
        world.put_device("press").at("authentication").at("symmetricKey").at("primaryKey");
    const std::string module_key =
        world.put_module("press", "App").at("authentication").at("symmetricKey").at("primaryKey");
};

TEST_F(MqttRules, Mqtt01TheFirstPacketIsConnect) {
    MqttPeer peer(world);
    peer.send(pingreq_packet);
    EXPECT_THAT(peer.closed(), Optional(HasSubstr("not CONNECT")));
    EXPECT_FALSE(peer.receive());
}

TEST_F(MqttRules, Mqtt02ConnectComesOnce) {
    MqttPeer peer(world);
    EXPECT_EQ(peer.connect(valid()), ConnectCode::accepted);
    peer.send(connect_packet(valid()));
    EXPECT_THAT(peer.closed(), Optional(HasSubstr("second CONNECT")));
}

TEST_F(MqttRules, Mqtt03ConnectComesInTime) {
    MqttPeer peer(world);
    peer.check_time();
    EXPECT_FALSE(peer.closed());
    peer.send(connect_packet(valid()).substr(0, 10));
    world.clock.advance(30s);
    peer.check_time();
    EXPECT_THAT(peer.closed(), Optional(HasSubstr("no CONNECT in time")));
}

TEST_F(MqttRules, Mqtt04TheProtocolIsMqtt311) {
    auto connect = valid();
    connect.level = 5;
    EXPECT_EQ(code_of(connect), ConnectCode::wrong_protocol_version);
}

TEST_F(MqttRules, Mqtt05WhatIsMalformedCloses) {
    MqttPeer peer(world);
    EXPECT_EQ(peer.connect(valid()), ConnectCode::accepted);
    peer.send("\x36\x05\0\1tx1"s);
    EXPECT_THAT(peer.closed(), Optional(HasSubstr("QoS 3")));
}

TEST_F(MqttRules, Mqtt06PacketsHaveASize) {
    MqttPeer before(world);
    before.send("\x10\xFF\xFF\x01"s);
    EXPECT_THAT(before.closed(), Optional(HasSubstr("too large"))) << "before a byte of it has come";
    MqttPeer after(world);
    EXPECT_EQ(after.connect(valid()), ConnectCode::accepted);
    after.send("\x30\xFF\xFF\x7F"s);
    EXPECT_THAT(after.closed(), Optional(HasSubstr("too large")));
}

TEST_F(MqttRules, Mqtt07SilenceHasAnEnd) {
    auto connect = valid();
    connect.keep_alive = 10;
    MqttPeer peer(world);
    EXPECT_EQ(peer.connect(connect), ConnectCode::accepted);
    world.clock.advance(14s);
    peer.check_time();
    EXPECT_FALSE(peer.closed());
    peer.send(pingreq_packet);
    EXPECT_EQ(peer.receive().value().type, 13U);
    EXPECT_EQ(peer.deadline(), world.clock.steady_now() + 15s);
    world.clock.advance(15s);
    peer.check_time();
    EXPECT_THAT(peer.closed(), Optional(HasSubstr("keep-alive")));
}

TEST_F(MqttRules, Mqtt08NoKeepAliveIsLongerThanTheHubs) {
    for (const auto keep_alive : {std::uint16_t{0}, std::uint16_t{65535}}) {
        auto connect = valid();
        connect.keep_alive = keep_alive;
        MqttPeer peer(world);
        EXPECT_EQ(peer.connect(connect), ConnectCode::accepted);
        EXPECT_EQ(peer.deadline(), world.clock.steady_now() + 1767s);
    }
}

TEST_F(MqttRules, Mqtt09APacketThatBeganEnds) {
    MqttPeer peer(world);
    auto connect = valid();
    connect.keep_alive = 1000;
    EXPECT_EQ(peer.connect(connect), ConnectCode::accepted);
    peer.send("\x30"s);
    world.clock.advance(60s);
    peer.check_time();
    EXPECT_THAT(peer.closed(), Optional(HasSubstr("took too long")));
}

TEST_F(MqttRules, Mqtt10TheClientIdIsThatOfTheUserName) {
    for (const auto* client_id : {"", "other", "press/App", "PRESS"}) {
        auto connect = valid();
        connect.client_id = client_id;
        EXPECT_EQ(code_of(connect), ConnectCode::client_id_rejected) << client_id;
    }
}

TEST_F(MqttRules, Mqtt11TheUserNameHasItsForm) {
    for (const auto* name :
         {"", "localhost", "localhost/press", "localhost/press/",
          "localhost/press/?api-version=", "/press/?api-version=1/x", "localhost/press/App/x/?api-version=1",
          "localhost/pre ss/?api-version=1", "localhost/press/?api-version=1&api-version=2",
          "localhost/press?api-version=2021-04-12"}) {
        auto connect = valid();
        connect.user_name = name;
        EXPECT_EQ(code_of(connect), ConnectCode::bad_user_name_or_password) << name;
    }
    auto without = valid();
    without.user_name.reset();
    without.password.reset();
    EXPECT_EQ(code_of(without), ConnectCode::bad_user_name_or_password);
    for (const auto* query : {"?api-version=2020-09-30&DeviceClientType=c%2F1.0&model-id=dtmi%3Aa%3Bb",
                              "api-version=2016-11-14"}) {
        auto connect = valid();
        connect.user_name = "LOCALHOST/press/"s + query;
        EXPECT_EQ(code_of(connect), ConnectCode::accepted) << query;
    }
}

TEST_F(MqttRules, Mqtt12TheTokenIsTheIdentitysOwn) {
    const auto with_token = [&](const std::string& token) {
        auto connect = valid();
        connect.password = device_agent::SecretText(token);
        return code_of(connect);
    };
    const auto an_hour = world.in_an_hour();
    using emulator::testing::sign_base64;
    EXPECT_EQ(with_token(sign_base64(id.resource(), key, an_hour)), ConnectCode::accepted);
    EXPECT_EQ(with_token(sign_base64("LOCALHOST/Devices/press", key, an_hour)), ConnectCode::accepted);
    EXPECT_EQ(with_token(sign_base64(id.resource(), module_key, an_hour)), ConnectCode::not_authorized);
    EXPECT_EQ(with_token(sign_base64("localhost/devices/other", key, an_hour)), ConnectCode::not_authorized);
    EXPECT_EQ(with_token(sign_base64(module_id.resource(), key, an_hour)), ConnectCode::not_authorized);
    EXPECT_EQ(with_token(sign_base64("localhost", key, an_hour)), ConnectCode::not_authorized);
    EXPECT_EQ(with_token(world.policy_token("device")), ConnectCode::not_authorized);
    EXPECT_EQ(with_token(sign_base64(id.resource(), key, world.clock.now())), ConnectCode::not_authorized);
    EXPECT_EQ(with_token("secret"), ConnectCode::not_authorized);
    auto without = valid();
    without.password.reset();
    EXPECT_EQ(code_of(without), ConnectCode::not_authorized);
    auto module = valid_module();
    EXPECT_EQ(code_of(module), ConnectCode::accepted);
    module.password = valid().password;
    EXPECT_EQ(code_of(module), ConnectCode::not_authorized) << "the device's token is not its module's";
}

TEST_F(MqttRules, Mqtt13TheIdentityExistsAndIsEnabled) {
    EXPECT_EQ(code_of(hub_connect(world, {"localhost", "nobody"}, key)), ConnectCode::not_authorized);
    EXPECT_EQ(code_of(hub_connect(world, {"localhost", "press", "Nobody"}, key)),
              ConnectCode::not_authorized);
    EXPECT_EQ(code_of(hub_connect(world, {"127.0.0.1", "press"}, key)), ConnectCode::not_authorized);
    EXPECT_EQ(code_of(hub_connect(world, {"nowhere", "press"}, key)), ConnectCode::not_authorized);
    const auto off = world.put_device("off", "localhost", {{"status", "disabled"}});
    EXPECT_EQ(code_of(hub_connect(world, {"localhost", "off"},
                                  off.at("authentication").at("symmetricKey").at("primaryKey"))),
              ConnectCode::not_authorized);
}

TEST_F(MqttRules, Mqtt14ACertificateIsKnownByItsThumbprint) {
    const auto own = emulator::testing::self_signed("lathe");
    const auto other = emulator::testing::self_signed("lathe");
    const auto thumbprint = device_agent::hex_encode(device_agent::sha256(own.der()));
    world.put_device("lathe", "localhost",
                     {{"authentication",
                       {{"type", "selfSigned"}, {"x509Thumbprint", {{"primaryThumbprint", thumbprint}}}}}});
    auto connect = hub_connect(world, {"localhost", "lathe"}, key);
    EXPECT_EQ(code_of(connect, {own.der()}), ConnectCode::not_authorized) << "a token does not count here";
    connect.password.reset();
    EXPECT_EQ(code_of(connect, {own.der()}), ConnectCode::accepted);
    EXPECT_EQ(code_of(connect, {other.der()}), ConnectCode::not_authorized);
    EXPECT_EQ(code_of(connect), ConnectCode::not_authorized);
    auto sas = valid();
    sas.password.reset();
    EXPECT_EQ(code_of(sas, {own.der()}), ConnectCode::not_authorized) << "nor a certificate there";
}

TEST_F(MqttRules, AThumbprintWithColonsIsTheSameAfterAChangeOfTheIdentity) {
    const auto own = emulator::testing::self_signed("lathe");
    auto thumbprint = device_agent::hex_encode(device_agent::sha256(own.der()));
    for (auto at = thumbprint.size() - 2; at > 0; at -= 2)
        thumbprint.insert(at, ":");
    world.put_device("lathe", "localhost",
                     {{"authentication",
                       {{"type", "selfSigned"}, {"x509Thumbprint", {{"primaryThumbprint", thumbprint}}}}}});
    auto connect = hub_connect(world, {"localhost", "lathe"}, key);
    connect.password.reset();
    MqttPeer peer(world, {own.der()});
    EXPECT_EQ(peer.connect(connect), ConnectCode::accepted);
    const auto changed =
        world.send("PUT", "/devices/lathe", {{"Authorization", world.policy_token()}, {"If-Match", "*"}},
                   R"({"statusReason": "looked at"})");
    EXPECT_EQ(changed.status, 200);
    EXPECT_FALSE(peer.receive());
    EXPECT_EQ(peer.closed(), std::nullopt);
}

TEST_F(MqttRules, Mqtt15AConnectionEndsWithItsToken) {
    MqttPeer peer(world);
    auto connect = valid();
    connect.keep_alive = 0;
    connect.password = device_agent::SecretText(
        emulator::testing::sign_base64(id.resource(), key, world.clock.now() + 300s));
    EXPECT_EQ(peer.connect(connect), ConnectCode::accepted);
    EXPECT_EQ(peer.deadline(), world.clock.steady_now() + 300s);
    world.clock.advance(300s);
    peer.check_time();
    EXPECT_THAT(peer.closed(), Optional(HasSubstr("expired")));
}

TEST_F(MqttRules, Mqtt16TheLastConnectionWins) {
    MqttPeer first(world);
    MqttPeer module(world);
    MqttPeer second(world);
    EXPECT_EQ(first.connect(valid()), ConnectCode::accepted);
    EXPECT_EQ(module.connect(valid_module()), ConnectCode::accepted);
    EXPECT_EQ(second.connect(valid()), ConnectCode::accepted);
    EXPECT_FALSE(first.receive());
    EXPECT_THAT(first.closed(), Optional(HasSubstr("took its place")));
    EXPECT_FALSE(second.receive() || second.closed());
    EXPECT_FALSE(module.receive() || module.closed()) << "a module is an identity of its own";
}

TEST_F(MqttRules, Mqtt17DisabledDeletedAndRekeyedIdentitiesAreClosed) {
    const auto owner = world.policy_token();
    const auto closed_by = [&](const std::function<void()>& change) {
        MqttPeer peer(world);
        EXPECT_EQ(peer.connect(valid()), ConnectCode::accepted);
        change();
        static_cast<void>(peer.receive());
        return peer.closed();
    };
    const auto put = [&](const nlohmann::json& body) {
        EXPECT_EQ(
            world.send("PUT", "/devices/press", {{"Authorization", owner}, {"If-Match", "*"}}, body.dump())
                .status,
            200);
    };
    EXPECT_THAT(closed_by([&] { put({{"status", "disabled"}}); }), Optional(HasSubstr("disabled")));
    put({{"status", "enabled"}});
    EXPECT_EQ(closed_by([&] { put({{"statusReason", "looked at"}}); }), std::nullopt);
    const auto new_key = device_agent::base64_encode(device_agent::Bytes(32, 7));
    EXPECT_THAT(closed_by([&] {
                    put({{"authentication",
                          {{"type", "sas"},
                           {"symmetricKey", {{"primaryKey", new_key}, {"secondaryKey", new_key}}}}}});
                }),
                Optional(HasSubstr("neither key")));
    put({{"authentication",
          {{"type", "sas"}, {"symmetricKey", {{"primaryKey", key}, {"secondaryKey", key}}}}}});
    EXPECT_THAT(closed_by([&] {
                    EXPECT_EQ(world.send("DELETE", "/devices/press", {{"Authorization", owner}}).status, 204);
                }),
                Optional(HasSubstr("deleted")));
}

TEST_F(MqttRules, Mqtt18QosTwoIsGrantedAsOneAndClosesWhenPublished) {
    MqttPeer peer(world);
    EXPECT_EQ(peer.connect(valid()), ConnectCode::accepted);
    EXPECT_EQ(peer.subscribe("$iothub/twin/res/#", Qos::exactly_once), Qos::at_least_once);
    EXPECT_EQ(peer.subscribe("$iothub/methods/POST/#", Qos::at_most_once), Qos::at_most_once);
    peer.publish("devices/press/messages/events/", "x", Qos::exactly_once);
    EXPECT_THAT(peer.closed(), Optional(HasSubstr("QoS 2")));
}

TEST_F(MqttRules, Mqtt19OnlyDocumentedFiltersAreSubscribedTo) {
    for (const auto* filter :
         {"#", "devices/other/messages/devicebound/#", "devices/press/messages/events/#"}) {
        MqttPeer peer(world);
        EXPECT_EQ(peer.connect(valid()), ConnectCode::accepted);
        peer.send(subscribe_packet(1, {{filter, Qos::at_least_once}}));
        EXPECT_THAT(peer.closed(), Optional(HasSubstr("a subscription to")));
        EXPECT_FALSE(peer.receive());
    }
}

TEST_F(MqttRules, Mqtt20AConnectionHasFiveSubscriptions) {
    MqttPeer peer(world);
    EXPECT_EQ(peer.connect(valid_module()), ConnectCode::accepted);
    for (const auto* input : {"a", "b", "c", "d", "e"}) {
        EXPECT_EQ(peer.subscribe("devices/press/modules/App/inputs/"s + input + "/#"), Qos::at_least_once);
    }
    EXPECT_EQ(peer.subscribe("$iothub/methods/POST/#"), Qos::failure);
    EXPECT_EQ(peer.subscribe("devices/press/modules/App/inputs/a/#"), Qos::at_least_once)
        << "again is no more";
    peer.send(unsubscribe_packet(9, {"devices/press/modules/App/inputs/a/#"}));
    EXPECT_EQ(peer.receive().value().type, 11U);
    EXPECT_EQ(peer.subscribe("$iothub/methods/POST/#"), Qos::at_least_once);
    EXPECT_FALSE(peer.closed());
}

TEST_F(MqttRules, Mqtt21UnknownTopicsClose) {
    for (const auto* topic :
         {"hello", "devices/other/messages/events/", "devices/press/modules/App/messages/events/",
          "$iothub/twin/GET/", "$iothub/nothing"}) {
        MqttPeer peer(world);
        EXPECT_EQ(peer.connect(valid()), ConnectCode::accepted);
        peer.publish(topic, "", Qos::at_least_once);
        EXPECT_TRUE(peer.closed()) << topic;
        EXPECT_FALSE(peer.receive()) << "no acknowledgement";
    }
}

TEST_F(MqttRules, Mqtt22AWillIsTelemetry) {
    auto connect = valid();
    connect.will =
        Will{.topic = "devices/press/messages/events/a=1", .message = "bye", .qos = Qos::exactly_once};
    EXPECT_EQ(code_of(connect), ConnectCode::not_authorized) << "QoS 2";
    connect.will->qos = Qos::at_least_once;
    connect.will->topic = "wills/press";
    EXPECT_EQ(code_of(connect), ConnectCode::not_authorized);
}

TEST_F(MqttRules, Mqtt23AGoodbyeCloses) {
    MqttPeer peer(world);
    EXPECT_EQ(peer.connect(valid()), ConnectCode::accepted);
    peer.send(disconnect_packet + pingreq_packet);
    EXPECT_EQ(peer.closed(), "");
    EXPECT_FALSE(peer.receive()) << "what follows is not looked at";
}

TEST_F(MqttRules, PacketsMayComeInPiecesOrTogether) {
    MqttPeer peer(world);
    const auto bytes = connect_packet(valid()) + pingreq_packet + pingreq_packet;
    for (const char byte : bytes)
        peer.send(std::string(1, byte));
    EXPECT_EQ(peer.receive().value().type, 2U);
    EXPECT_EQ(peer.receive().value().type, 13U);
    EXPECT_EQ(peer.receive().value().type, 13U);
    EXPECT_FALSE(peer.closed());
}

TEST_F(MqttRules, TheEventsTellIt) {
    {
        MqttPeer peer(world);
        EXPECT_EQ(peer.connect(valid()), ConnectCode::accepted);
        EXPECT_EQ(peer.subscribe("$iothub/twin/res/#"), Qos::at_least_once);
        peer.publish("hello");
    }
    auto wrong = valid();
    wrong.client_id = "x";
    EXPECT_EQ(code_of(wrong), ConnectCode::client_id_rejected);
    const auto told = emulator::testing::json_of(world.control("GET", "/events?after=0"));
    std::vector<std::string> seen;
    for (const auto& event : told.at("events")) {
        const auto kind = event.at("kind").get<std::string>();
        const auto& who = event.at("identity");
        if (kind != "request") seen.push_back(kind + " " + (who.is_null() ? "-" : who.get<std::string>()));
    }
    EXPECT_THAT(seen, ::testing::ElementsAre("connected device press", "subscribed device press",
                                             "published device press", "closed device press", "refused -"));
}

}  // namespace
}  // namespace emulator::mqtt
