// SPDX-License-Identifier: Apache-2.0
// iot-emulator run: start, stop, restart, and what survives.
#include "curl_client.hpp"
#include "emulator/testing/sign.hpp"
#include "emulator/testing/software_tpm.hpp"
#include "emulator/testing/temporary_folder.hpp"
#include "process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <sys/stat.h>
#include <thread>

namespace emulator::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

nlohmann::json json_of(const http::Response& response) {
    return nlohmann::json::parse(response.body);
}

device_agent::WallTime in_an_hour() {
    return device_agent::SystemClock().now() + std::chrono::hours{1};
}

// The value of one part of a connection string.
std::string part_of(const std::string& connection_string, const std::string& name) {
    const auto start = connection_string.find(name + "=") + name.size() + 1;
    return connection_string.substr(start, connection_string.find(';', start) - start);
}

std::string service_token(const nlohmann::json& connection_string) {
    const auto& text = connection_string.get_ref<const std::string&>();
    return sign_base64(part_of(text, "HostName"), part_of(text, "SharedAccessKey"), in_an_hour(),
                       part_of(text, "SharedAccessKeyName"));
}

class RunCommand : public ::testing::Test {
protected:
    [[nodiscard]] std::filesystem::path data() const { return folder.path() / "data"; }

    TemporaryFolder folder;
};

// A device's whole life up to its modules, over one connection, against a live emulator.
class Device {
public:
    explicit Device(const nlohmann::json& description) : description_(description), client_(description) {}

    void enroll() {
        const nlohmann::json enrollment{
            {"attestation",
             {{"type", "tpm"},
              {"tpm", {{"endorsementKey", device_agent::base64_encode(software_tpm().endorsement_key())}}}}}};
        const auto response =
            client_.send("PUT", "/enrollments/dev-1",
                         service_token(description_.at("dpsServiceConnectionString")), enrollment.dump());
        ASSERT_EQ(response.status, 200) << response.body;
    }

    void register_device() {
        const std::string resource = description_.at("idScope").get<std::string>() + "/registrations/dev-1";
        const nlohmann::json body{
            {"registrationId", "dev-1"},
            {"tpm",
             {{"endorsementKey", device_agent::base64_encode(software_tpm().endorsement_key())},
              {"storageRootKey", device_agent::base64_encode(software_tpm().storage_root_key())}}}};
        const auto challenge =
            client_.send("PUT", "/" + resource + "/register?api-version=2021-06-01", "", body.dump());
        ASSERT_EQ(challenge.status, 401) << challenge.body;
        const auto token = sign(resource, open(json_of(challenge)), in_an_hour(), "registration");
        const auto accepted =
            client_.send("PUT", "/" + resource + "/register?api-version=2021-06-01", token, body.dump());
        ASSERT_EQ(accepted.status, 202) << accepted.body;
        operation_ = "/" + resource + "/operations/" + json_of(accepted).at("operationId").get<std::string>();
        token_ = token;
    }

    // The first answer that is not "wait": retryAfter is 0, so the first one.
    http::Response poll() {
        return client_.send("GET", operation_ + "?api-version=2021-06-01", token_, "{}");
    }

    static device_agent::SecretBytes open(const nlohmann::json& answer) {
        const auto blob = answer.at("authenticationKey").get<std::string>();
        return software_tpm().open(device_agent::base64_decode(blob).value()).key;
    }

    CurlClient& client() { return client_; }
    // After a restart on another port.
    void reconnect(const nlohmann::json& description) { client_ = CurlClient(description); }

private:
    nlohmann::json description_;
    CurlClient client_;
    std::string operation_, token_;
};

TEST_F(RunCommand, ToldClientsAreReadyMeansReady) {
    const RunningEmulator running(data());
    const auto& told = running.description();
    EXPECT_EQ(told.at("hubs"), nlohmann::json({"localhost", "127.0.0.1"}));
    EXPECT_EQ(told.at("caFile"), (data() / "ca.pem").string());
    EXPECT_EQ(told.at("dpsUri"), "localhost:" + std::to_string(told.at("httpsPort").get<int>()));
    EXPECT_NE(told.at("mqttPort"), 0);
    struct stat facts {};
    ASSERT_EQ(::stat((data() / "emulator.json").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);

    CurlClient client(told);
    const auto bearer = "Bearer " + told.at("controlToken").get<std::string>();
    EXPECT_EQ(client.send("GET", "/_emulator/status", bearer).status, 200);
    EXPECT_EQ(client.send("GET", "/_emulator/status", bearer, "", "127.0.0.1").status, 200);
    EXPECT_EQ(client.send("GET", "/_emulator/status").status, 401);
    EXPECT_THAT(running.output(), Not(HasSubstr(told.at("controlToken").get<std::string>())));
}

TEST_F(RunCommand, WhatItAcknowledgedSurvivesSigkill) {
    auto running = std::make_unique<RunningEmulator>(data());
    const auto before = running->description();
    const auto bearer = "Bearer " + before.at("controlToken").get<std::string>();
    Device device(before);
    ASSERT_EQ(device.client().send("PUT", "/_emulator/settings", bearer, R"({"retryAfter": 0})").status, 200);
    ASSERT_NO_FATAL_FAILURE(device.enroll());
    ASSERT_NO_FATAL_FAILURE(device.register_device());
    EXPECT_EQ(running->stop(SIGKILL), 128 + SIGKILL);

    // The operation goes on where it was, and its token is still good.
    running = std::make_unique<RunningEmulator>(data());
    for (const auto* kept :
         {"idScope", "controlToken", "dpsServiceConnectionString", "hubServiceConnectionStrings", "hubs"}) {
        EXPECT_EQ(running->description().at(kept), before.at(kept)) << kept;
    }
    device.reconnect(running->description());
    const auto finished = device.poll();
    ASSERT_EQ(finished.status, 200) << finished.body;
    const auto state = json_of(finished).at("registrationState");
    EXPECT_EQ(state.at("assignedHub"), "localhost");

    const auto device_token = sign("localhost/devices/dev-1", Device::open(state.at("tpm")), in_an_hour());
    for (int i = 0; i < 10; ++i) {
        const auto path = "/devices/dev-1/modules/m" + std::to_string(i) + "?api-version=2020-09-30";
        ASSERT_EQ(device.client().send("PUT", path, device_token, "{}").status, 200);
    }
    const auto modules = device.client().send("GET", "/devices/dev-1/modules", device_token);
    ASSERT_EQ(running->stop(SIGKILL), 128 + SIGKILL);

    running = std::make_unique<RunningEmulator>(data());
    device.reconnect(running->description());
    EXPECT_EQ(device.client().send("GET", "/devices/dev-1/modules", device_token).body, modules.body);
    EXPECT_EQ(device.client().send("GET", "/_emulator/settings", bearer).body, R"({"retryAfter":0})");
    EXPECT_EQ(device.poll().body, finished.body);
}

TEST_F(RunCommand, OneConnectionForAllRequests) {
    const RunningEmulator running(data());
    Device device(running.description());
    const auto bearer = "Bearer " + running.description().at("controlToken").get<std::string>();
    ASSERT_EQ(device.client().send("PUT", "/_emulator/settings", bearer, R"({"retryAfter": 0})").status, 200);
    ASSERT_NO_FATAL_FAILURE(device.enroll());
    ASSERT_NO_FATAL_FAILURE(device.register_device());
    EXPECT_EQ(device.poll().status, 200);
    const auto seen =
        json_of(device.client().send("GET", "/_emulator/connections", bearer)).at("connections");
    ASSERT_EQ(seen.size(), 1U) << seen;
    EXPECT_EQ(seen.at(0).at("services"), nlohmann::json({"dps", "dpsService", "control"}));
    EXPECT_EQ(seen.at(0).at("serverName"), "localhost");
}

TEST_F(RunCommand, ManyClientsAtOnce) {
    const RunningEmulator running(data());
    const auto told = running.description();
    const auto token = service_token(told.at("hubServiceConnectionStrings").at("localhost"));
    std::atomic<int> created{0};
    {
        std::vector<std::jthread> clients;
        for (int c = 0; c < 8; ++c) {
            clients.emplace_back([&, c] {
                CurlClient client(told);
                for (int i = 0; i < 10; ++i) {
                    const auto path = "/devices/d" + std::to_string(c) + "-" + std::to_string(i);
                    if (client.send("PUT", path, token, "{}").status == 200) ++created;
                }
            });
        }
    }
    EXPECT_EQ(created, 80);
    EXPECT_EQ(json_of(CurlClient(told).send("GET", "/devices?top=1000", token)).size(), 80U);
}

TEST_F(RunCommand, MemoryLeavesNoDatabase) {
    {
        RunningEmulator running(data(), {"--memory"});
        Device device(running.description());
        ASSERT_NO_FATAL_FAILURE(device.enroll());
        EXPECT_FALSE(std::filesystem::exists(data() / "emulator.db"));
        EXPECT_EQ(running.stop(SIGTERM), 0);
    }
    const RunningEmulator again(data(), {"--memory"});
    CurlClient client(again.description());
    const auto bearer = "Bearer " + again.description().at("controlToken").get<std::string>();
    EXPECT_EQ(json_of(client.send("GET", "/_emulator/status", bearer)).at("enrollments"), 0);
}

TEST_F(RunCommand, StopsCleanlyOnBothSignals) {
    for (const int signal : {SIGTERM, SIGINT}) {
        RunningEmulator running(data());
        CurlClient client(running.description());
        ASSERT_EQ(client.send("GET", "/_emulator/status").status, 401);
        EXPECT_EQ(running.stop(signal), 0) << signal;
    }
}

TEST_F(RunCommand, HubsOfOnesOwn) {
    const RunningEmulator running(data(), {"--hub", "Factory.test", "--hub", "127.0.0.2"});
    EXPECT_EQ(running.description().at("hubs"), nlohmann::json({"factory.test", "127.0.0.2"}));
    const auto second = run_program({"run", "--data", data().string(), "--https-port", "0"});
    EXPECT_EQ(second.exit_code, 1);
    EXPECT_THAT(second.errors, HasSubstr("another emulator is running on " + data().string()));
}

TEST_F(RunCommand, SaysWhyItCannotStart) {
    { const RunningEmulator first(data()); }
    const auto start = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"run", "--data", data().string(), "--https-port", "0"});
        return run_program(more);
    };
    const auto other_hub = start({"--hub", "factory.test"});
    EXPECT_EQ(other_hub.exit_code, 1);
    EXPECT_THAT(other_hub.errors, HasSubstr("use a new --data directory"));
    const auto public_name = start({"--hub", "example.com"});
    EXPECT_EQ(public_name.exit_code, 2);
    EXPECT_THAT(public_name.errors, HasSubstr("\"example.com\" cannot be a hub"));
    EXPECT_EQ(start({"--listen", "nowhere"}).exit_code, 2);
    EXPECT_EQ(start({"--nonsense"}).exit_code, 2);
    EXPECT_EQ(run_program({"run"}).exit_code, 2);
    EXPECT_EQ(run_program({}).exit_code, 2);
    const auto unknown = run_program({"serve"});
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_THAT(unknown.errors, HasSubstr("'serve' is not known"));

    const RunningEmulator holder(folder.path() / "other");
    const auto port = std::to_string(holder.description().at("httpsPort").get<int>());
    const auto taken = run_program({"run", "--data", data().string(), "--https-port", port});
    EXPECT_EQ(taken.exit_code, 1);
    EXPECT_THAT(taken.errors, HasSubstr("cannot listen on 127.0.0.1 port " + port));
}

TEST_F(RunCommand, HelpTeaches) {
    const auto help = run_program({"run", "--help"});
    EXPECT_EQ(help.exit_code, 0);
    for (const auto* word : {"--data", "--memory", "--listen", "--https-port", "--mqtt-port", "--hub",
                             "emulator.json", "READY"}) {
        EXPECT_THAT(help.output, HasSubstr(word));
    }
    EXPECT_THAT(run_program({"--help"}).output, HasSubstr("Exit codes"));
}

}  // namespace
}  // namespace emulator::testing
