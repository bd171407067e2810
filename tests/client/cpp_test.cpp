// SPDX-License-Identifier: Apache-2.0
// The C++ header.
#include "device_agent/client.hpp"
#include "tests/client/stand_in_agent.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <gmock/gmock.h>

#include <type_traits>

namespace device_agent::tests {
namespace {

using namespace std::chrono_literals;
using client::Callbacks;
using client::Client;
using client::Identity;
using client::Watch;
using testing::ElementsAre;
using testing::HasSubstr;

static_assert(std::is_move_constructible_v<Client> && !std::is_copy_constructible_v<Client>);
static_assert(std::is_move_constructible_v<Watch> && !std::is_copy_constructible_v<Watch>);
static_assert(std::is_move_constructible_v<client::Credentials> &&
              !std::is_copy_constructible_v<client::Credentials>);
static_assert(std::is_nothrow_move_constructible_v<client::Credentials>);

class CppClientTest : public testing::Test {
protected:
    [[nodiscard]] Client client(const std::string& application = "") const {
        return Client({(folder_.path() / "agent.sock").string(), application});
    }

    fakes::TemporaryFolder folder_;
    StandInAgent agent_{folder_.path() / "agent.sock"};
};

TEST_F(CppClientTest, WaitsAndGivesCredentials) {
    agent_.provide("hub.example/press-7/AppB");
    auto first = client("AppB");
    const auto asked = std::move(first);
    const Identity expected{"hub.example", "press-7", "AppB", DEVICE_AGENT_SAS};
    EXPECT_EQ(asked.wait(), expected);
    EXPECT_EQ(asked.identity(), expected);
    const auto credentials = asked.credentials(60s);
    EXPECT_EQ(credentials.identity(), expected);
    EXPECT_THAT(std::string(credentials.connection_string()), HasSubstr(std::string(credentials.token())));
    EXPECT_GT(credentials.expires(), std::chrono::system_clock::now());
    EXPECT_EQ(credentials.certificate(), "");
    EXPECT_EQ(agent_.requests().back().body, R"({"expiry": 60})");
}

TEST_F(CppClientTest, ACertificateHasNoTokenAndNoExpiry) {
    agent_.answer("/v1/identity/connection-string", 200, "HostName=hub.example;DeviceId=press-7;x509=true",
                  "Device-Agent-Certificate: /etc/device.pem\r\n");
    const auto credentials = client().credentials();
    EXPECT_EQ(credentials.token(), "");
    EXPECT_EQ(credentials.expires(), std::nullopt);
    EXPECT_EQ(credentials.certificate(), "/etc/device.pem");
    EXPECT_EQ(credentials.identity().module, std::nullopt);
}

TEST_F(CppClientTest, ThrowsOneTypeWithTheCodeAndTheWords) {
    agent_.answer("/v1/identity", 429, "too-many: 100 a second", "Retry-After: 7\r\n");
    try {
        static_cast<void>(client().identity());
        FAIL() << "nothing was thrown";
    } catch (const client::Error& error) {
        EXPECT_EQ(error.code(), DEVICE_AGENT_TOO_MANY);
        EXPECT_EQ(error.retry_after(), 7s);
        EXPECT_THAT(error.what(), HasSubstr("100 a second"));
    }
    EXPECT_THROW(static_cast<void>(client().credentials(-1s)), client::Error);
    EXPECT_THROW(static_cast<void>(client().wait(1ms)), client::Error);
}

TEST_F(CppClientTest, AWatchCallsBackInOrder) {
    agent_.provide("hub.example/press-7/AppB");
    std::vector<std::string> heard;
    Callbacks callbacks;
    callbacks.provisioned = [&](const Identity& identity) { heard.push_back("provisioned " + identity.hub); };
    callbacks.credentials = [&](const client::CredentialsView& credentials) {
        heard.push_back("credentials of " + *credentials.identity().module);
    };
    callbacks.changed = [&](const Identity&, unsigned what) {
        heard.push_back("changed " + std::to_string(what));
    };
    callbacks.removed = [&] { heard.emplace_back("removed"); };
    callbacks.gone = [&](const client::Error&) { heard.emplace_back("gone"); };
    callbacks.back = [&] { heard.emplace_back("back"); };
    Watch made(client(), 600s, callbacks);
    Watch watch = std::move(made);
    EXPECT_GE(watch.fd(), 0);
    const auto hear = [&](std::size_t count) {
        while (heard.size() < count && watch.dispatch(10s)) {
        }
    };
    hear(2);
    agent_.tell("changed AppB hub.example/press-7/AppB key");
    hear(4);
    agent_.tell("removed AppB");
    hear(5);
    agent_.hang_up();
    hear(9);
    watch.renew();
    hear(10);
    EXPECT_THAT(heard, ElementsAre("provisioned hub.example", "credentials of AppB", "changed 2",
                                   "credentials of AppB", "removed", "gone", "back",
                                   "provisioned hub.example", "credentials of AppB", "credentials of AppB"));
}

TEST_F(CppClientTest, WhatACallbackThrowsEndsTheDispatchAndNotTheWatch) {
    agent_.provide("hub.example/press-7/AppB");
    struct Enough {};
    Callbacks callbacks;
    callbacks.provisioned = [](const Identity&) { throw Enough(); };
    bool has_removed = false;
    callbacks.removed = [&] { has_removed = true; };
    Watch watch(client(), callbacks);
    EXPECT_THROW(watch.run(), Enough);
    agent_.tell("removed AppB");
    EXPECT_TRUE(watch.dispatch(10s));
    EXPECT_TRUE(has_removed);
    EXPECT_FALSE(watch.dispatch(0s));
}

TEST_F(CppClientTest, ARefusalIsCalledBackWithItsWords) {
    agent_.answer("/v1/identity/events", 403, "permission: uid 1000 (anna)");
    std::string words;
    Callbacks callbacks;
    callbacks.refused = [&](const client::Error& error) { words = error.what(); };
    Watch watch(client(), callbacks);
    EXPECT_TRUE(watch.dispatch(client::forever));
    EXPECT_THAT(words, HasSubstr("anna"));
}

}  // namespace
}  // namespace device_agent::tests
