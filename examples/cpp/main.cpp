// SPDX-License-Identifier: Apache-2.0
// A module in C++: waits for its identity, prints what it is, and sends a message every few seconds. It
// connects anew with each new token, before the old one expires, and to another hub when the device is moved.
#include <chrono>
#include <cstdlib>
#include <device_agent/client.hpp>
#include <iostream>
#include <memory>
#include <mqtt/async_client.h>
#include <string>
#include <thread>

namespace agent = device_agent::client;
using namespace std::chrono_literals;

namespace {

std::string variable(const char* name, const std::string& otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : value;
}

/// A connection to IoT Hub, by MQTT over TLS. Throws mqtt::exception.
class Hub {
public:
    explicit Hub(const agent::CredentialsView& credentials)
        : identity_(credentials.identity()),
          client_("ssl://" + identity_.hub + ":" + variable("MQTT_PORT", "8883"),
                  identity_.device + "/" + identity_.module.value()) {
        const auto tls = mqtt::ssl_options_builder()
                             .trust_store(variable("CA_FILE", "/etc/ssl/certs/ca-certificates.crt"))
                             .verify(true)
                             .finalize();
        const auto user =
            identity_.hub + "/" + identity_.device + "/" + *identity_.module + "/?api-version=2021-04-12";
        client_
            .connect(mqtt::connect_options_builder()
                         .mqtt_version(MQTTVERSION_3_1_1)
                         .user_name(user)
                         .password(std::string(credentials.token()))
                         .ssl(tls)
                         .finalize())
            ->wait();
        std::cout << "connected to " << identity_.hub << " as " << identity_.device << "/"
                  << *identity_.module << std::endl;
    }
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;
    ~Hub() {
        try {
            if (client_.is_connected()) client_.disconnect()->wait_for(1s);
        } catch (const mqtt::exception&) {
            // Then the hub has hung up already.
        }
    }

    void send(const std::string& json) {
        const auto topic = "devices/" + identity_.device + "/modules/" + *identity_.module +
                           "/messages/events/$.ct=application%2Fjson&$.ce=utf-8";
        client_.publish(topic, json.data(), json.size(), 1, false)->wait();
    }

private:
    agent::Identity identity_;
    mqtt::async_client client_;
};

/// The agent's events on one side, the hub on the other, one thread.
class Module {
public:
    explicit Module(const agent::Client& client) : watch_(client, 1h, callbacks()) {}

    [[noreturn]] void run() {
        for (;;) {
            watch_.dispatch(1s);
            if (hub_) {
                send();
            } else if (asks_again_) {
                asks_again_ = false;
                watch_.renew();  // credentials follow
            }
        }
    }

private:
    agent::Callbacks callbacks() {
        agent::Callbacks callbacks;
        callbacks.credentials = [this](const agent::CredentialsView& credentials) { connect(credentials); };
        callbacks.provisioned = [](const agent::Identity& identity) {
            std::cout << "I am " << identity.module.value_or("the device") << " of " << identity.device
                      << std::endl;
        };
        callbacks.changed = [](const agent::Identity& identity, unsigned what) {
            std::cout << ((what & DEVICE_AGENT_CHANGED_HUB) != 0 ? "moved to " : "another key for ")
                      << identity.hub << std::endl;
        };
        callbacks.removed = [this] { hub_.reset(); };
        callbacks.gone = [](const agent::Error& error) { std::cerr << error.what() << std::endl; };
        callbacks.refused = callbacks.gone;
        return callbacks;
    }

    void connect(const agent::CredentialsView& credentials) {
        hub_.reset();  // the hub lets an identity in once
        attempt([&] { hub_ = std::make_unique<Hub>(credentials); });
    }

    void send() {
        attempt([&] { hub_->send(R"({"from":"cpp","number":)" + std::to_string(++number_) + "}"); });
    }

    template <typename Work>
    void attempt(const Work& work) {
        try {
            work();
        } catch (const mqtt::exception& error) {
            std::cerr << "the hub: " << error.what() << std::endl;
            hub_.reset();
            asks_again_ = true;
        }
    }

    std::unique_ptr<Hub> hub_;
    bool asks_again_ = false;
    unsigned number_ = 0;
    agent::Watch watch_;
};

}  // namespace

int main() try {
    Module(agent::Client({"", variable("DEVICE_AGENT_APPLICATION", "")})).run();
} catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 1;
}
