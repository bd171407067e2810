// SPDX-License-Identifier: Apache-2.0
// Every form of packet that the protocol allows a client, and each way to get one wrong.
#include "emulator/format_error.hpp"
#include "emulator/mqtt/decode.hpp"
#include "emulator/mqtt/encode.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::mqtt {
namespace {

using device_agent::as_bytes;
using namespace std::string_literals;

ClientPacket decoded(const std::string& bytes) {
    const auto header = read_header(as_bytes(bytes));
    if (!header || header->packet_size() != bytes.size()) throw std::logic_error("not one whole packet");
    return decode(*header, as_bytes(bytes).subspan(header->size));
}

template <typename Packet>
Packet decoded_as(const std::string& bytes) {
    return std::get<Packet>(decoded(bytes));
}

// A packet of fewer than 128 bytes.
std::string packet(int type_and_flags, const std::string& body) {
    return std::string{static_cast<char>(type_and_flags), static_cast<char>(body.size())} + body;
}

std::string text(const std::string& content) {
    return std::string{'\0', static_cast<char>(content.size())} + content;
}

std::string connect(int flags, const std::string& payload, const std::string& name = "MQTT",
                    char level = '\4') {
    return packet(0x10, text(name) + level + static_cast<char>(flags) + "\0\x3C"s + payload);
}

TEST(MqttDecode, ConnectWithEverything) {
    const auto got = decoded_as<Connect>(
        connect(0xEE, text("d/m") + text("w/t") + text("bye") + text("user") + text("pass")));
    EXPECT_EQ(got.client_id, "d/m");
    EXPECT_TRUE(got.clean_session);
    EXPECT_EQ(got.keep_alive, 60);
    EXPECT_EQ(got.will.value().topic, "w/t");
    EXPECT_EQ(got.will.value().message, "bye");
    EXPECT_EQ(got.will.value().qos, Qos::at_least_once);
    EXPECT_TRUE(got.will.value().retain);
    EXPECT_EQ(got.user_name, "user");
    EXPECT_EQ(got.password.value().view(), "pass");
}

TEST(MqttDecode, ConnectWithTheLeast) {
    const auto got = decoded_as<Connect>(connect(0, text("d")));
    EXPECT_FALSE(got.clean_session);
    EXPECT_FALSE(got.will || got.user_name || got.password);
}

TEST(MqttDecode, AnotherLevelIsToldApartFromNoMqtt) {
    EXPECT_EQ(decoded_as<Connect>(connect(2, "whatever MQTT 5 has here", "MQTT", '\5')).level, 5);
    EXPECT_THROW(decoded(connect(2, text("d"), "MQIsdp", '\3')), FormatError);
}

TEST(MqttDecode, PublishOfEachQos) {
    const auto zero = decoded_as<Publish>(packet(0x31, text("a/b") + "hello"));
    EXPECT_EQ(zero.topic, "a/b");
    EXPECT_EQ(zero.payload, "hello");
    EXPECT_EQ(zero.qos, Qos::at_most_once);
    EXPECT_TRUE(zero.retain);
    EXPECT_EQ(zero.packet_id, 0);
    const auto one = decoded_as<Publish>(packet(0x3A, text("t") + "\1\2"s));
    EXPECT_EQ(one.qos, Qos::at_least_once);
    EXPECT_TRUE(one.duplicate);
    EXPECT_EQ(one.packet_id, 0x102);
    EXPECT_EQ(one.payload, "");
    EXPECT_EQ(decoded_as<Publish>(packet(0x34, text("t") + "\0\1"s)).qos, Qos::exactly_once);
}

TEST(MqttDecode, SubscriptionsAndTheRest) {
    const auto subscribe =
        decoded_as<Subscribe>(packet(0x82, "\0\7"s + text("a/#") + '\1' + text("+/b/+") + '\2'));
    EXPECT_EQ(subscribe.packet_id, 7);
    ASSERT_EQ(subscribe.subscriptions.size(), 2U);
    EXPECT_EQ(subscribe.subscriptions[0].filter, "a/#");
    EXPECT_EQ(subscribe.subscriptions[1].qos, Qos::exactly_once);
    EXPECT_EQ(decoded_as<Unsubscribe>(packet(0xA2, "\0\7"s + text("#"))).filters,
              std::vector<std::string>{"#"});
    EXPECT_EQ(decoded_as<Puback>(packet(0x40, "\0\7"s)).packet_id, 7);
    EXPECT_TRUE(std::holds_alternative<Pingreq>(decoded(packet(0xC0, ""))));
    EXPECT_TRUE(std::holds_alternative<Disconnect>(decoded(packet(0xE0, ""))));
}

struct Wrong {
    const char* fault;
    std::string bytes;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
    *out << wrong.fault;
}

class MqttMalformed : public ::testing::TestWithParam<Wrong> {};

TEST_P(MqttMalformed, IsRefused) {
    try {
        decoded(GetParam().bytes);
        FAIL() << "taken: " << GetParam().fault;
    } catch (const FormatError& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr(GetParam().fault));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Connect, MqttMalformed,
    ::testing::Values(Wrong{"CONNECT: wrong flags", packet(0x11, text("MQTT") + "\4\2\0\0"s + text("d"))},
                      Wrong{"the protocol is not MQTT", connect(2, text("d"), "MQTX")},
                      Wrong{"reserved flag", connect(3, text("d"))}, Wrong{"QoS 3", connect(0x1C, text("d"))},
                      Wrong{"will flags without a will", connect(0x0A, text("d"))},
                      Wrong{"will flags without a will", connect(0x22, text("d"))},
                      Wrong{"a password without a user name", connect(0x42, text("d") + text("p"))},
                      Wrong{"ends too early", packet(0x10, "")},
                      Wrong{"ends too early", packet(0x10, text("MQTT"))},
                      Wrong{"ends too early", packet(0x10, text("MQTT") + "\4\2\0"s)},
                      Wrong{"ends too early", connect(2, "")}, Wrong{"ends too early", connect(2, "\0\5ab"s)},
                      Wrong{"ends too early", connect(0x06, text("d") + text("t"))},
                      Wrong{"ends too early", connect(0x82, text("d"))},
                      Wrong{"ends too early", connect(0xC2, text("d") + text("u"))},
                      Wrong{"1 bytes too many", connect(2, text("d") + "x")},
                      Wrong{"the client id is not UTF-8", connect(2, text("\xC0\x80"))},
                      Wrong{"the client id is not UTF-8", connect(2, text("a\0"s))},
                      Wrong{"the user name is not UTF-8", connect(0x82, text("d") + text("\xED\xA0\x80"))},
                      Wrong{"no wildcards", connect(6, text("d") + text("a/#") + text(""))},
                      Wrong{"the topic is empty", connect(6, text("d") + text("") + text(""))}));

INSTANTIATE_TEST_SUITE_P(
    Others, MqttMalformed,
    ::testing::Values(
        Wrong{"QoS 3", packet(0x36, text("t") + "\0\1"s)},
        Wrong{"a duplicate of QoS 0", packet(0x38, text("t"))},
        Wrong{"packet id 0", packet(0x32, text("t") + "\0\0"s)},
        Wrong{"ends too early", packet(0x32, text("t") + "\1"s)},
        Wrong{"ends too early", packet(0x30, "\0"s)}, Wrong{"ends too early", packet(0x30, "\0\2t"s)},
        Wrong{"the topic is empty", packet(0x30, text(""))}, Wrong{"no wildcards", packet(0x30, text("a/+"))},
        Wrong{"the topic is not UTF-8", packet(0x30, text("\xFF"))},
        Wrong{"PUBACK: wrong flags", packet(0x42, "\0\1"s)}, Wrong{"packet id 0", packet(0x40, "\0\0"s)},
        Wrong{"1 bytes too many", packet(0x40, "\0\1x"s)}, Wrong{"ends too early", packet(0x40, "\0"s)},
        Wrong{"SUBSCRIBE: wrong flags", packet(0x80, "\0\1"s + text("a") + '\0')},
        Wrong{"packet id 0", packet(0x82, "\0\0"s + text("a") + '\0')},
        Wrong{"ends too early", packet(0x82, "\0\1"s)},
        Wrong{"ends too early", packet(0x82, "\0\1"s + text("a"))},
        Wrong{"QoS 3", packet(0x82, "\0\1"s + text("a") + '\3')},
        Wrong{"QoS 3", packet(0x82, "\0\1"s + text("a") + '\4')},
        Wrong{"malformed", packet(0x82, "\0\1"s + text("") + '\0')},
        Wrong{"malformed", packet(0x82, "\0\1"s + text("a#") + '\0')},
        Wrong{"malformed", packet(0x82, "\0\1"s + text("#/a") + '\0')},
        Wrong{"malformed", packet(0x82, "\0\1"s + text("a/+b") + '\0')},
        Wrong{"UNSUBSCRIBE: wrong flags", packet(0xA0, "\0\1"s + text("a"))},
        Wrong{"ends too early", packet(0xA2, "\0\1"s)}, Wrong{"PINGREQ: wrong flags", packet(0xC1, "")},
        Wrong{"PINGREQ: 1 bytes too many", packet(0xC0, "x")},
        Wrong{"DISCONNECT: wrong flags", packet(0xE4, "")},
        Wrong{"DISCONNECT: 2 bytes too many", packet(0xE0, "xy")}, Wrong{"type 0", packet(0x00, "")},
        Wrong{"type 2", packet(0x20, "\0\0"s)}, Wrong{"type 5", packet(0x50, "\0\1"s)},
        Wrong{"type 6", packet(0x62, "\0\1"s)}, Wrong{"type 7", packet(0x70, "\0\1"s)},
        Wrong{"type 9", packet(0x90, "\0\1\0"s)}, Wrong{"type 15", packet(0xF0, "")}));

TEST(MqttHeader, IsReadOnceItIsWhole) {
    EXPECT_FALSE(read_header({}));
    EXPECT_FALSE(read_header(as_bytes("\x30"s)));
    EXPECT_FALSE(read_header(as_bytes("\x30\x80\x80"s)));
    const auto header = read_header(as_bytes("\x30\xFF\xFF\xFF\x7F"s));
    EXPECT_EQ(header.value().size, 5U);
    EXPECT_EQ(header.value().body_length, 268'435'455U) << "the most that there is";
    EXPECT_EQ(read_header(as_bytes("\x10\x02"s)).value().packet_size(), 4U);
    EXPECT_THROW(static_cast<void>(read_header(as_bytes("\x30\xFF\xFF\xFF\xFF"s))), FormatError);
}

TEST(MqttText, IsUtf8AsTheProtocolWantsIt) {
    for (const auto& good : {"", "a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xEF\xBF\xBF"}) {
        EXPECT_TRUE(is_mqtt_text(good)) << good;
    }
    for (const auto& bad :
         {"\x80"s, "\xC3"s, "\xC1\xBF"s, "\xE0\x9F\xBF"s, "\xF0\x8F\xBF\xBF"s, "\xF4\x90\x80\x80"s,
          "\xF8\x88\x80\x80\x80"s, "\xED\xBF\xBF"s, "\0"s, "\xE2\x82"s, "\xE2\x28\xA1"s}) {
        EXPECT_FALSE(is_mqtt_text(bad));
    }
}

TEST(MqttEncode, AsTheProtocolSays) {
    EXPECT_EQ(encode_connack(ConnectCode::accepted, true), "\x20\2\1\0"s);
    EXPECT_EQ(encode_connack(ConnectCode::not_authorized), "\x20\2\0\5"s);
    EXPECT_EQ(encode_puback(0x102), "\x40\2\1\2"s);
    EXPECT_EQ(encode_suback(7, {Qos::at_least_once, Qos::failure}), "\x90\4\0\7\1\x80"s);
    EXPECT_EQ(encode_unsuback(7), "\xB0\2\0\7"s);
    EXPECT_EQ(encode_pingresp(), "\xD0\0"s);
}

TEST(MqttEncode, ATopicThatIsTooLongIsRefused) {
    EXPECT_NO_THROW(static_cast<void>(encode(Publish{.topic = std::string(65'535, 't')})));
    EXPECT_THROW(static_cast<void>(encode(Publish{.topic = std::string(65'536, 't')})), FormatError);
}

TEST(MqttEncode, WhatIsPublishedReadsBack) {
    for (const std::size_t size : {0UL, 100UL, 122UL, 123UL, 16'378UL, 16'379UL, 300'000UL}) {
        const auto got = decoded_as<Publish>(encode(Publish{.topic = "t",
                                                            .payload = std::string(size, 'x'),
                                                            .qos = Qos::at_least_once,
                                                            .duplicate = true,
                                                            .packet_id = 513}));
        EXPECT_EQ(got.payload.size(), size);
        EXPECT_EQ(got.packet_id, 513);
        EXPECT_TRUE(got.duplicate);
    }
}

}  // namespace
}  // namespace emulator::mqtt
