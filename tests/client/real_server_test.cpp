// SPDX-License-Identifier: Apache-2.0
// The library and the agent's own server, as they speak to each other.
#include "device_agent/client.hpp"
#include "tests/app_api/api_fixture.hpp"

#include <gmock/gmock.h>

namespace device_agent {
namespace {

using namespace std::chrono_literals;
using client::Callbacks;
using client::Client;
using client::Identity;
using client::Watch;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ClientOfTheServerTest : public testing::ApiFixture {
protected:
    [[nodiscard]] Client client(const std::string& application = "") const {
        return Client({socket().string(), application});
    }
    /// What a call is refused with.
    template <typename Call>
    static device_agent_code refusal(const Call& call, std::string* words = nullptr) {
        try {
            call();
            return DEVICE_AGENT_OK;
        } catch (const client::Error& error) {
            if (words != nullptr) *words = error.what();
            return error.code();
        }
    }
};

TEST_F(ClientOfTheServerTest, GetsIdentityAndCredentials) {
    grant("AppB");
    provision("AppB", 2);
    start();
    const Identity expected{"hub.example", "dev", "AppB", DEVICE_AGENT_SAS};
    EXPECT_EQ(client().wait(10s), expected);
    EXPECT_EQ(client().identity(), expected);
    EXPECT_EQ(client().identity().authentication, DEVICE_AGENT_SAS);
    const auto credentials = client("AppB").credentials(600s);
    EXPECT_EQ(credentials.identity(), expected);
    const auto left = *credentials.expires() - std::chrono::system_clock::now();
    EXPECT_GT(left, 540s);
    EXPECT_LE(left, 601s);
    EXPECT_THAT(std::string(credentials.connection_string()), HasSubstr(std::string(credentials.token())));
}

TEST_F(ClientOfTheServerTest, OfADeviceWithACertificateGetsTheFiles) {
    grant("$device", {.users = {"me"},
                      .groups = {},
                      .units = {},
                      .certificate = "/etc/device.pem",
                      .private_key = "/etc/device.key"});
    provision("$device", 0);
    view.identities["$device"].slot.place = identity::KeyPlace::certificate;
    start();
    EXPECT_EQ(client().wait(10s).authentication, DEVICE_AGENT_X509);
    const auto credentials = client().credentials();
    EXPECT_EQ(credentials.connection_string(), "HostName=hub.example;DeviceId=dev;x509=true");
    EXPECT_EQ(credentials.certificate(), "/etc/device.pem");
    EXPECT_EQ(credentials.private_key(), "/etc/device.key");
    EXPECT_EQ(credentials.expires(), std::nullopt);
}

TEST_F(ClientOfTheServerTest, IsToldWhyItIsRefused) {
    grant("AppB");
    grant("AppC");
    start();
    std::string words;
    EXPECT_EQ(refusal([&] { static_cast<void>(client().wait()); }, &words), DEVICE_AGENT_AMBIGUOUS);
    EXPECT_THAT(words, HasSubstr("AppC"));
    EXPECT_EQ(refusal([&] { static_cast<void>(client("AppD").wait()); }, &words), DEVICE_AGENT_PERMISSION);
    EXPECT_EQ(refusal([&] { static_cast<void>(client("AppB").identity()); }), DEVICE_AGENT_NOT_PROVISIONED);
    EXPECT_EQ(refusal([&] { static_cast<void>(client("AppB").credentials()); }),
              DEVICE_AGENT_NOT_PROVISIONED);
    EXPECT_EQ(refusal([&] { static_cast<void>(client("AppB").wait(50ms)); }, &words), DEVICE_AGENT_TIMED_OUT);
    EXPECT_THAT(words, HasSubstr("not there yet"));
}

TEST_F(ClientOfTheServerTest, AnExpiryAboveTheMostIsAUsageError) {
    grant("AppB");
    provision("AppB", 2);
    view.max_token_life = 600s;
    start();
    std::string words;
    EXPECT_EQ(refusal([&] { static_cast<void>(client().credentials(601s)); }, &words), DEVICE_AGENT_USAGE);
    EXPECT_THAT(words, HasSubstr("maxTokenLifetime"));
}

TEST_F(ClientOfTheServerTest, HearsOfEveryChangeAndGetsTheTokensThatItNeeds) {
    grant("AppB");
    start();
    std::vector<std::string> heard;
    Callbacks callbacks;
    callbacks.provisioned = [&](const Identity& identity) { heard.push_back("provisioned " + identity.hub); };
    callbacks.changed = [&](const Identity& identity, unsigned what) {
        heard.push_back("changed " + identity.hub + " " + std::to_string(what));
    };
    callbacks.credentials = [&](const client::CredentialsView& credentials) {
        heard.push_back("credentials " + credentials.identity().hub);
    };
    callbacks.removed = [&] { heard.emplace_back("removed"); };
    Watch watch(client(), 600s, callbacks);
    const auto hear = [&](std::size_t count) {
        while (heard.size() < count && watch.dispatch(10s)) {
        }
    };
    EXPECT_FALSE(watch.dispatch(50ms));
    provision("AppB", 2);
    serve();
    hear(2);
    provision("AppB", 2, 2);
    serve();
    hear(4);
    provision("AppB", 2, 3, "other.example");
    serve();
    hear(6);
    view.identities.clear();
    serve();
    hear(7);
    EXPECT_THAT(heard,
                ElementsAre("provisioned hub.example", "credentials hub.example", "changed hub.example 2",
                            "credentials hub.example", ::testing::StartsWith("changed other.example "),
                            "credentials other.example", "removed"));
    EXPECT_EQ(tokens.asked(), 3U);
}

TEST_F(ClientOfTheServerTest, ATokenIsRenewedBeforeItExpires) {
    grant("AppB");
    provision("AppB", 2);
    start();
    std::vector<std::string> given;
    std::chrono::system_clock::time_point expires;
    Callbacks callbacks;
    callbacks.credentials = [&](const client::CredentialsView& credentials) {
        if (given.empty()) expires = *credentials.expires();
        given.emplace_back(credentials.token());
    };
    Watch watch(client(), 3s, callbacks);
    while (given.size() < 2 && watch.dispatch(10s)) {
    }
    ASSERT_EQ(given.size(), 2U);
    EXPECT_NE(given.at(0), given.at(1));
    EXPECT_LT(std::chrono::system_clock::now(), expires);
}

}  // namespace
}  // namespace device_agent
