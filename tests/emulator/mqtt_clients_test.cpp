// SPDX-License-Identifier: Apache-2.0
// MQTT clients that nobody here wrote, over TLS and WebSocket, against the real program: mosquitto's and
// Paho's.
#include "curl_client.hpp"
#include "emulator/testing/sign.hpp"
#include "emulator/testing/temporary_folder.hpp"
#include "process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <MQTTClient.h>
#include <csignal>
#include <future>
#include <iostream>

namespace emulator::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

device_agent::WallTime in_an_hour() {
    return device_agent::SystemClock().now() + std::chrono::hours{1};
}

class MqttClients : public ::testing::Test {
protected:
    MqttClients() {
        const std::string text = emulator.description().at("hubServiceConnectionStrings").at("localhost");
        constexpr std::string_view key_name = "SharedAccessKey=";
        owner_token = sign_base64("localhost", text.substr(text.find(key_name) + key_name.size()),
                                  in_an_hour(), "iothubowner");
        key = send("PUT", "/devices/press", "{}").at("authentication").at("symmetricKey").at("primaryKey");
    }

    void TearDown() override {
        if (HasFailure()) std::cout << control("/events").dump(2) << control("/connections").dump(2) << "\n";
    }

    // As iothubowner.
    json send(const std::string& method, const std::string& target, const std::string& body) {
        const auto response = CurlClient(emulator.description()).send(method, target, owner_token, body);
        if (response.status != 200) throw std::runtime_error(std::to_string(response.status) + response.body);
        return json::parse(response.body);
    }
    json control(const std::string& path) {
        const auto token = "Bearer " + emulator.description().at("controlToken").get<std::string>();
        return json::parse(CurlClient(emulator.description()).send("GET", "/_emulator" + path, token).body);
    }
    // Waits for an event of this kind of the device; its detail.
    std::string wait_for(const std::string& kind) {
        std::uint64_t last = 0;
        for (int round = 0; round < 10; ++round) {
            const auto seen = control("/events?wait=5&after=" + std::to_string(last));
            last = seen.at("last");
            for (const auto& event : seen.at("events")) {
                if (event.at("kind") == kind && event.at("service") == "hub")
                    return event.value("detail", "");
            }
        }
        throw std::runtime_error("no event " + kind);
    }

    [[nodiscard]] std::string token() const {
        return sign_base64("localhost/devices/press", key, in_an_hour());
    }
    [[nodiscard]] std::string ca_file() const { return emulator.description().at("caFile"); }
    [[nodiscard]] int port(const char* name) const { return emulator.description().at(name); }
    [[nodiscard]] std::vector<std::string> mosquitto(const std::string& program, const std::string& password,
                                                     std::vector<std::string> more) const {
        std::vector<std::string> arguments{program,
                                           "-h",
                                           "localhost",
                                           "-p",
                                           std::to_string(port("mqttPort")),
                                           "--cafile",
                                           ca_file(),
                                           "-V",
                                           "mqttv311",
                                           "-i",
                                           "press",
                                           "-u",
                                           "localhost/press/?api-version=2021-04-12",
                                           "-P",
                                           password,
                                           "-q",
                                           "1"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }

    TemporaryFolder folder;
    RunningEmulator emulator{folder.path() / "data", {"--memory"}};
    std::string owner_token;
    std::string key;
};

TEST_F(MqttClients, MosquittoPublishesTelemetry) {
    const auto done = run_command(
        mosquitto("mosquitto_pub", token(), {"-t", "devices/press/messages/events/a=1", "-m", "hello"}));
    EXPECT_EQ(done.exit_code, 0) << done.errors;
    EXPECT_EQ(wait_for("published"), "devices/press/messages/events/a=1");
    EXPECT_THAT(wait_for("closed"), HasSubstr("goodbye"));
}

TEST_F(MqttClients, MosquittoIsRefusedWithoutItsKey) {
    const auto done = run_command(
        mosquitto("mosquitto_pub", "SharedAccessSignature sr=x&sig=YQ==&se=1", {"-t", "t", "-m", "hello"}));
    EXPECT_NE(done.exit_code, 0);
    EXPECT_THAT(done.errors, HasSubstr("not authorised"));
    EXPECT_THAT(wait_for("refused"), HasSubstr("resource"));
}

TEST_F(MqttClients, MosquittoHearsDesiredProperties) {
    auto subscriber = std::async(std::launch::async, [this] {
        return run_command(
            mosquitto("mosquitto_sub", token(),
                      {"-t", "$iothub/twin/PATCH/properties/desired/#", "-C", "1", "-W", "30"}));
    });
    wait_for("subscribed");
    send("PATCH", "/twins/press", R"({"properties": {"desired": {"speed": 5}}})");
    const auto done = subscriber.get();
    EXPECT_EQ(done.exit_code, 0) << done.errors;
    EXPECT_EQ(json::parse(done.output), (json{{"speed", 5}, {"$version", 2}}));
}

// The library of Debian, asynchronous underneath, used in its synchronous form.
class PahoClient {
public:
    PahoClient(const std::string& uri, const std::string& ca_file, const std::string& password) {
        MQTTClient_create(&client_, uri.c_str(), "press", MQTTCLIENT_PERSISTENCE_NONE, nullptr);
        MQTTClient_SSLOptions tls = MQTTClient_SSLOptions_initializer;
        tls.trustStore = ca_file.c_str();
        MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
        options.username = "localhost/press/?api-version=2021-04-12";
        options.password = password.c_str();
        options.cleansession = 1;
        options.MQTTVersion = MQTTVERSION_3_1_1;  // else it tries an older one after a refusal
        options.ssl = &tls;
        code = MQTTClient_connect(client_, &options);
    }
    PahoClient(const PahoClient&) = delete;
    PahoClient& operator=(const PahoClient&) = delete;
    ~PahoClient() {
        MQTTClient_disconnect(client_, 1000);
        MQTTClient_destroy(&client_);
    }

    int subscribe(const char* filter) { return MQTTClient_subscribe(client_, filter, 1); }
    int publish(const std::string& topic, const std::string& payload, int qos) {
        MQTTClient_deliveryToken token = 0;
        const int result = MQTTClient_publish(client_, topic.c_str(), static_cast<int>(payload.size()),
                                              payload.data(), qos, 0, &token);
        return result == MQTTCLIENT_SUCCESS ? MQTTClient_waitForCompletion(client_, token, 20'000) : result;
    }
    // Topic and payload of the next message.
    std::pair<std::string, std::string> receive() {
        char* topic = nullptr;
        int length = 0;
        MQTTClient_message* message = nullptr;
        MQTTClient_receive(client_, &topic, &length, &message, 20'000);
        if (message == nullptr) throw std::runtime_error("no message came");
        std::pair<std::string, std::string> got{
            topic,
            {static_cast<const char*>(message->payload), static_cast<std::size_t>(message->payloadlen)}};
        MQTTClient_freeMessage(&message);
        MQTTClient_free(topic);
        return got;
    }

    int code = 0;

private:
    MQTTClient client_ = nullptr;
};

class PahoOver : public MqttClients, public ::testing::WithParamInterface<bool> {
protected:
    [[nodiscard]] std::string uri() const {
        return GetParam() ? "wss://localhost:" + std::to_string(port("httpsPort")) + "/$iothub/websocket"
                          : "ssl://localhost:" + std::to_string(port("mqttPort"));
    }
};

TEST_P(PahoOver, ServesMethodsAndTwins) {
    PahoClient client(uri(), ca_file(), token());
    ASSERT_EQ(client.code, MQTTCLIENT_SUCCESS);
    EXPECT_EQ(client.subscribe("$iothub/methods/POST/#"), MQTTCLIENT_SUCCESS);
    EXPECT_EQ(client.subscribe("$iothub/twin/res/#"), MQTTCLIENT_SUCCESS);
    EXPECT_EQ(client.publish("$iothub/twin/GET/?$rid=1", "", 0), MQTTCLIENT_SUCCESS);
    const auto [topic, twin] = client.receive();
    EXPECT_EQ(topic, "$iothub/twin/res/200/?$rid=1");
    EXPECT_EQ(json::parse(twin).at("desired").at("$version"), 1);

    auto caller = std::async(std::launch::async, [this] {
        return send("POST", "/twins/press/methods", R"({"methodName": "stop", "payload": [1]})");
    });
    const auto [call, payload] = client.receive();
    EXPECT_EQ(call, "$iothub/methods/POST/stop/?$rid=1");
    EXPECT_EQ(payload, "[1]");
    EXPECT_EQ(client.publish("$iothub/methods/res/200/?$rid=1", R"({"stopped": true})", 1),
              MQTTCLIENT_SUCCESS);
    EXPECT_EQ(caller.get(), (json{{"status", 200}, {"payload", {{"stopped", true}}}}));
    EXPECT_EQ(client.publish("devices/press/messages/events/", std::string(200'000, 'x'), 1),
              MQTTCLIENT_SUCCESS)
        << "of many frames";
}

TEST_P(PahoOver, IsRefusedWithoutItsKey) {
    const PahoClient client(uri(), ca_file(), "SharedAccessSignature sr=x&sig=YQ==&se=1");
    EXPECT_EQ(client.code, 5);
}

INSTANTIATE_TEST_SUITE_P(Tls, PahoOver, ::testing::Values(false));
INSTANTIATE_TEST_SUITE_P(WebSocket, PahoOver, ::testing::Values(true));

}  // namespace
}  // namespace emulator::testing
