// SPDX-License-Identifier: Apache-2.0
// What an MQTT client was promised, over a SIGKILL of the emulator.
#include "curl_client.hpp"
#include "emulator/testing/mqtt_peer.hpp"
#include "emulator/testing/raw_client.hpp"
#include "emulator/testing/sign.hpp"
#include "emulator/testing/temporary_folder.hpp"
#include "process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace emulator::testing {
namespace {

using nlohmann::json;
using ::testing::EndsWith;
using namespace std::string_literals;

device_agent::WallTime in_an_hour() {
    return device_agent::SystemClock().now() + std::chrono::hours{1};
}

class MqttRestart : public ::testing::Test {
protected:
    MqttRestart() {
        start();
        const std::string text = emulator->description().at("hubServiceConnectionStrings").at("localhost");
        constexpr std::string_view key_name = "SharedAccessKey=";
        owner_token = sign_base64("localhost", text.substr(text.find(key_name) + key_name.size()),
                                  in_an_hour(), "iothubowner");
        key = json::parse(send("PUT", "/devices/press", "{}"))
                  .at("authentication")
                  .at("symmetricKey")
                  .at("primaryKey");
    }

    void start() { emulator = std::make_unique<RunningEmulator>(folder.path() / "data"); }
    void kill_and_start() {
        EXPECT_EQ(emulator->stop(SIGKILL), 128 + SIGKILL);
        start();
    }

    // As iothubowner.
    std::string send(const std::string& method, const std::string& target, const std::string& body) {
        const auto response = CurlClient(emulator->description()).send(method, target, owner_token, body);
        if (response.status >= 300) throw std::runtime_error(std::to_string(response.status) + response.body);
        return response.body;
    }
    void patch_desired(const json& desired) {
        send("PATCH", "/twins/press", json{{"properties", {{"desired", desired}}}}.dump());
    }

    // A client of a session that is kept; `connack`: what it has to be answered.
    [[nodiscard]] std::unique_ptr<RawClient> connect(const std::string& connack) const {
        auto client =
            std::make_unique<RawClient>(emulator->description().at("mqttPort").get<std::uint16_t>());
        EXPECT_TRUE(client->connect());
        client->send(connect_packet({.client_id = "press",
                                     .clean_session = false,
                                     .keep_alive = 60,
                                     .user_name = "localhost/press/?api-version=2021-04-12",
                                     .password = device_agent::SecretText(
                                         sign_base64("localhost/devices/press", key, in_an_hour()))}));
        EXPECT_EQ(client->read_until(connack), connack);
        return client;
    }
    static void subscribe(RawClient& client, const std::string& filter) {
        client.send(subscribe_packet(1, {{filter, mqtt::Qos::at_least_once}}));
        EXPECT_THAT(client.read_until("\x90\x03\0\x01\x01"s), EndsWith("\x90\x03\0\x01\x01"s));
    }

    static const std::string new_session;
    static const std::string kept_session;
    TemporaryFolder folder;
    std::unique_ptr<RunningEmulator> emulator;
    std::string owner_token;
    std::string key;
};

const std::string MqttRestart::new_session = "\x20\x02\0\0"s;
const std::string MqttRestart::kept_session = "\x20\x02\x01\0"s;

TEST_F(MqttRestart, ASubscriptionThatWasGrantedIsKept) {
    const auto before = connect(new_session);
    subscribe(*before, "$iothub/twin/PATCH/properties/desired/#");
    kill_and_start();
    const auto after = connect(kept_session);
    patch_desired({{"speed", 5}});
    EXPECT_THAT(after->read_until("}"), EndsWith(R"({"$version":2,"speed":5})"));
}

TEST_F(MqttRestart, AMessageThatWasNotAcknowledgedComesAgain) {
    const auto before = connect(new_session);
    subscribe(*before, "devices/press/messages/devicebound/#");
    send("POST", "/devices/press/messages/devicebound", "stop the press");
    EXPECT_THAT(before->read_until("stop the press"), EndsWith("stop the press"));
    kill_and_start();
    const auto after = connect(kept_session);
    EXPECT_THAT(after->read_until("stop the press"), EndsWith("stop the press"));
}

TEST_F(MqttRestart, ASessionGoesWithItsIdentity) {
    const auto before = connect(new_session);
    send("DELETE", "/devices/press", "");
    key = json::parse(send("PUT", "/devices/press", "{}"))
              .at("authentication")
              .at("symmetricKey")
              .at("primaryKey");
    kill_and_start();
    const auto after = connect(new_session);
}

}  // namespace
}  // namespace emulator::testing
