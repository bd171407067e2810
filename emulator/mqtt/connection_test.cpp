// SPDX-License-Identifier: Apache-2.0
// MQTT over real sockets: what is said before a connection ends, WebSockets, and clients that say nothing.
#include "emulator/emulator.hpp"
#include "emulator/http/server.hpp"
#include "emulator/instance/instance_file.hpp"
#include "emulator/testing/mqtt_peer.hpp"
#include "emulator/testing/raw_client.hpp"
#include "emulator/testing/sign.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace emulator::mqtt {
namespace {

using emulator::testing::connect_packet;
using emulator::testing::RawClient;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::string_literals;

const certificates::CertifiedKey& certificate() {
    static const auto issued = [] {
        const auto now = device_agent::SystemClock().now();
        return certificates::issue_server_certificate(certificates::make_authority(now), {"localhost"}, now);
    }();
    return issued;
}

class MqttEdge : public ::testing::Test {
protected:
    MqttEdge() {
        emulator.mqtt().limits.connect = std::chrono::seconds{1};
        https_port = server.listen({"127.0.0.1"}, 0);
        mqtt_port = server.listen({"127.0.0.1"}, 0, record::Protocol::mqtt);
        server.start();
    }
    // The answer to an upgrade of this kind.
    static std::string upgrade(RawClient& client, const std::string& path, const std::string& subprotocol) {
        EXPECT_TRUE(client.connect());
        client.send("GET " + path +
                    " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                    "Sec-WebSocket-Protocol: " +
                    subprotocol + "\r\n\r\n");
        return client.read_until("\r\n\r\n");
    }
    // The same, and what comes after it.
    [[nodiscard]] std::string upgrade(const std::string& path, const std::string& subprotocol,
                                      const std::string& frames = "") const {
        RawClient client(https_port);
        auto answer = upgrade(client, path, subprotocol);
        client.send(frames);
        return answer + client.read_to_end();
    }
    http::Response control(const std::string& method, const std::string& path, const std::string& body = "") {
        return send(method, path, "Bearer " + instance.control_token, body);
    }
    http::Response send(const std::string& method, const std::string& path, const std::string& authorization,
                        const std::string& body) {
        http::Request request{.method = method, .target = http::parse_target(path), .host = "localhost"};
        request.headers.add("Host", "localhost");
        request.headers.add("Authorization", authorization);
        request.headers.add("Content-Type", "application/json");
        request.body = body;
        return emulator.handle(request, emulator.record().opened("the test"));
    }
    // A device that is made now, as it connects.
    Connect device() {
        const auto in_an_hour = clock.now() + std::chrono::hours{1};
        const auto owner = emulator::testing::sign_base64(
            "localhost", instance.hub_policies.at("localhost").at("iothubowner").view(), in_an_hour,
            "iothubowner");
        const auto made = nlohmann::json::parse(send("PUT", "/devices/press", owner, "{}").body);
        Connect connect{.client_id = "press", .keep_alive = 60, .user_name = nobody.user_name};
        connect.password = device_agent::SecretText(emulator::testing::sign_base64(
            "localhost/devices/press",
            made.at("authentication").at("symmetricKey").at("primaryKey").get<std::string>(), in_an_hour));
        return connect;
    }
    void set_fault(const std::string& kind, std::optional<int> delay = std::nullopt) {
        nlohmann::json fault{{"kind", kind}, {"service", "hub"}, {"operation", "connect"}};
        if (delay) fault["delay"] = *delay;
        ASSERT_EQ(control("POST", "/_emulator/faults", fault.dump()).status, 201);
    }
    // A client's frame; the mask is zero, so that the bytes are as they are.
    static std::string frame(int opcode, const std::string& payload) {
        return std::string{static_cast<char>(0x80 | opcode), static_cast<char>(0x80 | payload.size())} +
               std::string(4, '\0') + payload;
    }

    const Connect nobody{.client_id = "press",
                         .user_name = "localhost/press/?api-version=2021-04-12",
                         .password = device_agent::SecretText("x")};
    const std::string refused = "\x20\x02\0\x05"s;
    const instance::Instance instance = instance::new_instance({"localhost"});
    device_agent::SystemClock clock;
    Emulator emulator{store::Database::in_memory(), store::Database::in_memory(store::Content::telemetry),
                      instance, clock};
    http::Server server{certificate(),
                        [this](const http::Request& request, record::ConnectionNumber number) {
                            return emulator.handle(request, number);
                        },
                        emulator.record(),
                        clock,
                        http::Limits{},
                        &emulator.mqtt()};
    std::uint16_t https_port = 0;
    std::uint16_t mqtt_port = 0;
};

TEST_F(MqttEdge, ARefusalIsSaidBeforeTheClose) {
    RawClient client(mqtt_port);
    ASSERT_TRUE(client.connect());
    client.send(connect_packet(nobody) + std::string(5000, 'x'));
    EXPECT_EQ(client.read_to_end(), refused);
}

TEST_F(MqttEdge, AFaultHoldsAnAnswerBackUntilItIsCleared) {
    set_fault("slow", 3600);
    RawClient client(mqtt_port);
    ASSERT_TRUE(client.connect());
    client.send(connect_packet(device()));
    auto answer = std::async(std::launch::async, [&] { return client.read_until("\x20\x02\0\0"s); });
    EXPECT_EQ(answer.wait_for(std::chrono::milliseconds{100}), std::future_status::timeout);
    EXPECT_EQ(control("DELETE", "/_emulator/faults").status, 204);
    EXPECT_EQ(answer.get(), "\x20\x02\0\0"s);
}

TEST_F(MqttEdge, AFaultCutsAPacketInTheMiddle) {
    set_fault("cut");
    RawClient client(mqtt_port);
    ASSERT_TRUE(client.connect());
    client.send(connect_packet(nobody));
    EXPECT_EQ(client.read_to_end(), refused.substr(0, 2));
    EXPECT_THAT(upgrade("/", "mqtt", frame(2, connect_packet(nobody))),
                HasSubstr(frame(2, "").substr(0, 1) + "\2\x20\2"));
}

TEST_F(MqttEdge, AHeldConnectionEndsWithItsClient) {
    set_fault("stalled", 3600);
    {
        RawClient client(mqtt_port);
        ASSERT_TRUE(client.connect());
        client.send(connect_packet(device()));
        EXPECT_EQ(client.read_until("\x20\2"), "\x20\2");
    }
    const auto is_open = [this] { return emulator.record().connections().at(0).at("closed").is_null(); };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (is_open() && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    EXPECT_FALSE(is_open());
}

TEST_F(MqttEdge, ASilentClientIsCutOff) {
    RawClient silent(mqtt_port);
    ASSERT_TRUE(silent.connect());
    RawClient half(mqtt_port);
    ASSERT_TRUE(half.connect());
    half.send("\x10\x50"s);
    EXPECT_EQ(silent.read_to_end(), "");
    EXPECT_EQ(half.read_to_end(), "");
}

TEST_F(MqttEdge, WhoSendsByteByByteIsServed) {
    RawClient client(mqtt_port);
    ASSERT_TRUE(client.connect());
    for (const char byte : connect_packet(device()))
        client.send(std::string(1, byte));
    EXPECT_EQ(client.read_until("\x20\x02\0\0"s), "\x20\x02\0\0"s);

    RawClient web_socket(https_port);
    ASSERT_THAT(upgrade(web_socket, "/", "mqtt"), StartsWith("HTTP/1.1 101"));
    for (const char byte : frame(2, connect_packet(nobody)))
        web_socket.send(std::string(1, byte));
    EXPECT_THAT(web_socket.read_to_end(), HasSubstr(refused));
}

TEST_F(MqttEdge, WhoSaysNothingOrByteByByteForeverIsCutOffWhileOthersAreServed) {
    RawClient other(mqtt_port);
    ASSERT_TRUE(other.connect());
    other.send(connect_packet(device()));
    ASSERT_EQ(other.read_until("\x20\x02\0\0"s), "\x20\x02\0\0"s);

    const auto long_connect = "\x10\x80\x7d"s;  // and 16000 bytes
    RawClient slow(mqtt_port);
    ASSERT_TRUE(slow.connect());
    slow.send(long_connect);
    RawClient slow_web_socket(https_port);
    upgrade(slow_web_socket, "/", "mqtt");
    slow_web_socket.send("\x82\xfe\x3e\x83\0\0\0\0"s + long_connect);
    RawClient half_a_frame(https_port);
    upgrade(half_a_frame, "/", "mqtt");
    half_a_frame.send("\x82\xfe"s);
    RawClient silent_web_socket(https_port);
    upgrade(silent_web_socket, "/", "mqtt");

    const auto cut_off = [this] {
        const auto list = emulator.record().connections();
        return std::count_if(list.begin(), list.end(),
                             [](const auto& entry) { return entry.at("failure") == "no CONNECT in time"; });
    };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (cut_off() < 4 && std::chrono::steady_clock::now() < deadline) {
        slow.send("x");
        slow_web_socket.send("x");
        other.send(emulator::testing::pingreq_packet);
        ASSERT_EQ(other.read_until("\xd0\0"s), "\xd0\0"s);
    }
    ASSERT_EQ(cut_off(), 4);
    for (auto* client : {&slow, &slow_web_socket, &half_a_frame, &silent_web_socket})
        EXPECT_THAT(client->read_to_end(), ::testing::Not(HasSubstr("\x20\2")));
}

TEST_F(MqttEdge, AHugeFrameIsCutOffAtItsHeader) {
    const auto two_megabytes = "\x82\xff\0\0\0\0\0\x20\0\0\0\0\0\0"s;
    EXPECT_THAT(upgrade("/", "mqtt", two_megabytes), HasSubstr("\x88\x02\x03\xf1")) << "1009, too big";
}

TEST_F(MqttEdge, WebSocketsEchoTheSubprotocolAsItWasOffered) {
    EXPECT_THAT(
        upgrade("/$iothub/websocket?iothub-no-client-cert=true", "MQTT", frame(2, connect_packet(nobody))),
        ::testing::AllOf(StartsWith("HTTP/1.1 101"), HasSubstr("Sec-WebSocket-Protocol: MQTT\r\n"),
                         HasSubstr(frame(2, "").substr(0, 1) + "\4" + refused)));
    EXPECT_THAT(upgrade("/", "AMQPWSB10, mqtt", frame(2, connect_packet(nobody))),
                HasSubstr("Sec-WebSocket-Protocol: mqtt\r\n"));
}

TEST_F(MqttEdge, APacketMaySpanFrames) {
    const auto packet = connect_packet(nobody);
    EXPECT_THAT(upgrade("/", "mqtt", frame(2, packet.substr(0, 3)) + frame(2, packet.substr(3))),
                HasSubstr(refused));
}

TEST_F(MqttEdge, TextFramesAreNoMqtt) {
    EXPECT_THAT(upgrade("/", "mqtt", frame(1, connect_packet(nobody))), ::testing::Not(HasSubstr(refused)));
}

TEST_F(MqttEdge, OtherWebSocketsAreRefused) {
    EXPECT_THAT(upgrade("/", "amqp"), StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(upgrade("/elsewhere", "mqtt"), StartsWith("HTTP/1.1 400"));
}

}  // namespace
}  // namespace emulator::mqtt
