// SPDX-License-Identifier: Apache-2.0
// Waiting, events and renewal, by the C interface.
#include "device_agent/client.h"
#include "tests/client/stand_in_agent.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <gmock/gmock.h>

#include <ctime>
#include <optional>
#include <poll.h>
#include <thread>

namespace device_agent::tests {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr int long_enough = 10000;
constexpr const char* app_b = "hub.example/press-7/AppB";
constexpr const char* events = "GET /v1/identity/events";
constexpr const char* credentials_target = "POST /v1/identity/connection-string";

class WatchTest : public testing::Test {
protected:
    WatchTest() {
        EXPECT_EQ(device_agent_open(socket().c_str(), nullptr, &client_, nullptr), DEVICE_AGENT_OK);
    }
    ~WatchTest() override {
        device_agent_watch_stop(watch_);
        device_agent_close(client_);
    }

    [[nodiscard]] std::string socket() const { return (folder_.path() / "run" / "agent.sock").string(); }
    StandInAgent& start_agent() {
        std::filesystem::create_directories(folder_.path() / "run");
        agent_.emplace(socket());
        return *agent_;
    }
    void watch(unsigned expiry = DEVICE_AGENT_NO_RENEWAL) {
        ASSERT_EQ(device_agent_watch_start(client_, expiry, &watch_, nullptr), DEVICE_AGENT_OK);
    }
    /// The next event; nothing when none comes.
    const device_agent_event* next(int timeout_ms = long_enough) {
        const device_agent_event* event = nullptr;
        static_cast<void>(device_agent_watch_next(watch_, timeout_ms, &event, &error_));
        return event;
    }
    device_agent_event_kind next_kind() {
        const auto* event = next();
        return event == nullptr ? device_agent_event_kind{} : event->kind;
    }
    /// The token of the next event, which brings one.
    std::string next_token() {
        const auto* event = next();
        if (event == nullptr || event->kind != DEVICE_AGENT_CREDENTIALS) return "no credentials";
        return event->credentials->token;
    }
    [[nodiscard]] bool is_readable() const {
        pollfd waited{device_agent_watch_fd(watch_), POLLIN, 0};
        return ::poll(&waited, 1, 0) == 1;
    }

    fakes::TemporaryFolder folder_;
    std::optional<StandInAgent> agent_;
    device_agent_client* client_ = nullptr;
    device_agent_watch* watch_ = nullptr;
    device_agent_error error_{};
};

TEST_F(WatchTest, BeginsWithTheIdentityThatIsThere) {
    start_agent().provide(app_b);
    watch();
    EXPECT_TRUE(is_readable());
    const auto* event = next();
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(event->kind, DEVICE_AGENT_PROVISIONED);
    EXPECT_STREQ(event->identity->hub, "hub.example");
    EXPECT_STREQ(event->identity->module, "AppB");
    EXPECT_EQ(event->credentials, nullptr);
    EXPECT_EQ(event->error, nullptr);
}

TEST_F(WatchTest, HearsOfTheIdentityWhenItComesAndAsksForNothingMeanwhile) {
    start_agent();
    watch();
    EXPECT_EQ(next(0), nullptr);
    ASSERT_TRUE(agent_->answered(events, 1));
    EXPECT_EQ(next(0), nullptr);
    EXPECT_FALSE(is_readable());
    agent_->tell("provisioned AppB hub.example/press-7/AppB");
    EXPECT_TRUE(is_readable());
    EXPECT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
    EXPECT_FALSE(is_readable());
    EXPECT_EQ(agent_->requests().size(), 1U);
}

TEST_F(WatchTest, TellsWhatHasChanged) {
    start_agent().provide(app_b);
    watch();
    ASSERT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
    const struct {
        const char* line;
        unsigned what;
    } changes[] = {
        {"changed AppB hub.example/press-7/AppB key", DEVICE_AGENT_CHANGED_KEY},
        {"changed AppB hub.example/press-7/AppB", DEVICE_AGENT_CHANGED_KEY},
        {"changed AppB other.example/press-7/AppB hub", DEVICE_AGENT_CHANGED_HUB},
        {"changed AppB third.example/press-7/AppB hub,key",
         DEVICE_AGENT_CHANGED_HUB | DEVICE_AGENT_CHANGED_KEY},
        {"changed AppB hub.example/press-7/AppB key hub",
         DEVICE_AGENT_CHANGED_HUB | DEVICE_AGENT_CHANGED_KEY},
        {"provisioned AppB new.example/press-7/AppB", DEVICE_AGENT_CHANGED_HUB},
    };
    for (const auto& [line, what] : changes) {
        agent_->tell(line);
        const auto* event = next();
        ASSERT_NE(event, nullptr);
        EXPECT_EQ(event->kind, DEVICE_AGENT_CHANGED) << line;
        EXPECT_EQ(event->what, what) << line;
        EXPECT_THAT(line, HasSubstr(event->identity->hub));
    }
}

TEST_F(WatchTest, TellsOfARemovalAndOfTheReturn) {
    start_agent().provide(app_b);
    watch();
    ASSERT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
    agent_->tell("removed AppB hub.example/press-7/AppB");
    EXPECT_EQ(next_kind(), DEVICE_AGENT_REMOVED);
    agent_->tell("removed AppB");
    agent_->tell("provisioned AppB hub.example/press-7/AppB");
    EXPECT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
}

TEST_F(WatchTest, EventsThatComeTogetherAreToldOneByOneAndTheDescriptorStaysReadable) {
    start_agent().provide(app_b);
    watch();
    ASSERT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
    agent_->tell("removed AppB\nfuture AppB word\nprovisioned AppB hub.example/press-7/AppB\nremoved AppB");
    EXPECT_EQ(next_kind(), DEVICE_AGENT_REMOVED);
    EXPECT_TRUE(is_readable());
    const auto* event = next(0);
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(event->kind, DEVICE_AGENT_PROVISIONED);
    EXPECT_TRUE(is_readable());
    EXPECT_NE(next(0), nullptr);
    EXPECT_EQ(next(0), nullptr);
    EXPECT_FALSE(is_readable());
}

TEST_F(WatchTest, AnAgentThatStartsLaterIsNoticed) {
    watch();
    const auto* event = next();
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(event->kind, DEVICE_AGENT_GONE);
    EXPECT_EQ(event->error->code, DEVICE_AGENT_NOT_RUNNING);
    EXPECT_THAT(event->error->message, HasSubstr(socket()));
    start_agent().provide(app_b);
    EXPECT_EQ(next_kind(), DEVICE_AGENT_BACK);
    EXPECT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
}

TEST_F(WatchTest, AnAgentThatRestartsIsToldOnceAndWhatIsKnownIsNotToldAgain) {
    start_agent().provide(app_b);
    watch();
    ASSERT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
    agent_.reset();
    EXPECT_EQ(next_kind(), DEVICE_AGENT_GONE);
    start_agent().provide(app_b);
    EXPECT_EQ(next_kind(), DEVICE_AGENT_BACK);
    agent_.reset();
    EXPECT_EQ(next_kind(), DEVICE_AGENT_GONE);
    start_agent().provide("other.example/press-7/AppB");
    EXPECT_EQ(next_kind(), DEVICE_AGENT_BACK);
    const auto* event = next();
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(event->kind, DEVICE_AGENT_CHANGED);
    EXPECT_EQ(event->what, DEVICE_AGENT_CHANGED_HUB);
}

TEST_F(WatchTest, ARefusalIsToldOnceWithTheAgentsWords) {
    start_agent().answer("/v1/identity/events", 403, "permission: uid 1000 (anna) is not granted AppB");
    watch();
    const auto* event = next();
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(event->kind, DEVICE_AGENT_REFUSED);
    EXPECT_EQ(event->error->code, DEVICE_AGENT_PERMISSION);
    EXPECT_THAT(event->error->message, HasSubstr("anna"));
    // Granted at last, and the agent is started anew: that is noticed at once, and not by trying now and
    // then.
    EXPECT_EQ(next(0), nullptr);
    EXPECT_FALSE(is_readable());
    agent_.reset();
    start_agent().provide(app_b);
    EXPECT_TRUE(is_readable());
    EXPECT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
}

TEST_F(WatchTest, AnAgentThatCannotAnswerNowIsAskedAgain) {
    start_agent().answer("/v1/identity/events", 503, "tpm: busy");
    watch();
    const auto* event = next();
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(event->kind, DEVICE_AGENT_GONE);
    EXPECT_EQ(event->error->code, DEVICE_AGENT_AGENT_FAILED);
    agent_->provide(app_b);
    agent_->answer_rightly("/v1/identity/events");
    EXPECT_EQ(next_kind(), DEVICE_AGENT_BACK);
    EXPECT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
}

TEST_F(WatchTest, AStreamOfGarbageIsGivenUpAndTriedAnew) {
    const std::string head = "HTTP/1.1 200 OK\r\n\r\n";
    for (const auto& garbage :
         {std::string(" \n"), std::string("provisioned\n"), std::string("provisioned AppB\n"),
          std::string("changed AppB nonsense\n"), std::string("removed AppB nonsense\n"),
          std::string("\x01\n"), std::string(100000, 'x'), std::string(100000, '\0')}) {
        start_agent().answer("/v1/identity/events", StandInAgent::Bytes{{head + garbage}, false});
        watch();
        const auto* event = next();
        ASSERT_NE(event, nullptr);
        EXPECT_EQ(event->kind, DEVICE_AGENT_GONE) << garbage.substr(0, 40);
        EXPECT_EQ(event->error->code, DEVICE_AGENT_PROTOCOL);
        ASSERT_TRUE(agent_->answered(events, 1));
        device_agent_watch_stop(watch_);
        watch_ = nullptr;
        agent_.reset();
    }
}

TEST_F(WatchTest, AnEventThatComesByteByByteIsOne) {
    start_agent();
    StandInAgent::Bytes bytes{{}, false};
    for (const char byte :
         "HTTP/1.0 200 OK\r\n\r\nprovisioned AppB hub.example/press-7/AppB\r\n" + std::string())
        bytes.pieces.emplace_back(1, byte);
    agent_->answer("/v1/identity/events", bytes);
    watch();
    EXPECT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
    EXPECT_EQ(next(0), nullptr);
}

TEST_F(WatchTest, ARenewingWatchBringsCredentialsAndTheNextOnesBeforeTheyExpire) {
    start_agent().provide(app_b);
    agent_->set_token_life(3s);
    watch(3);
    ASSERT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
    const auto* event = next();
    ASSERT_NE(event, nullptr);
    ASSERT_EQ(event->kind, DEVICE_AGENT_CREDENTIALS);
    const std::string first = event->credentials->token;
    const auto expires = event->credentials->expires;
    EXPECT_EQ(agent_->requests().back().body, R"({"expiry": 3})");
    const auto second = next_token();
    EXPECT_LT(std::time(nullptr), expires);
    EXPECT_THAT(second, HasSubstr("sig="));
    EXPECT_NE(second, first);
    // Two sets of credentials, two requests for them: nobody polled.
    EXPECT_EQ(agent_->requests().size(), 3U);
}

TEST_F(WatchTest, AClockThatIsOffDoesNotHoldUpTheRenewal) {
    start_agent().provide(app_b);
    agent_->set_token_life(-100h);  // to our clock, what the agent hands out has expired long since
    watch(2);
    ASSERT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
    const auto first = next_token();
    EXPECT_NE(next_token(), first);
    agent_->set_token_life(100h);
    EXPECT_NE(next_token(), first);
    EXPECT_THAT(next_token(), HasSubstr("sig="));
}

TEST_F(WatchTest, AChangeBringsNewCredentialsAtOnce) {
    start_agent().provide(app_b);
    watch(0);
    ASSERT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
    const auto first = next_token();
    agent_->provide("other.example/press-7/AppB");
    agent_->tell("changed AppB other.example/press-7/AppB hub");
    ASSERT_EQ(next_kind(), DEVICE_AGENT_CHANGED);
    const auto* event = next();
    ASSERT_NE(event, nullptr);
    ASSERT_EQ(event->kind, DEVICE_AGENT_CREDENTIALS);
    EXPECT_STREQ(event->credentials->identity->hub, "other.example");
    EXPECT_NE(event->credentials->token, first);
    device_agent_watch_renew(watch_);
    EXPECT_TRUE(is_readable());
    EXPECT_THAT(next_token(), HasSubstr("sig="));
}

TEST_F(WatchTest, CredentialsThatCannotBeHadNowAreAskedForAgain) {
    start_agent().provide(app_b);
    agent_->answer("/v1/identity/connection-string", 500, "tpm: the TPM is busy");
    watch(60);
    ASSERT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
    EXPECT_EQ(next(0), nullptr);
    // Its second try as well is cut off in the middle.
    ASSERT_TRUE(agent_->answered(credentials_target, 1));
    agent_->answer("/v1/identity/connection-string",
                   StandInAgent::Bytes{{"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHost"}});
    std::thread mender([this] {
        EXPECT_TRUE(agent_->answered(credentials_target, 2));
        agent_->answer_rightly("/v1/identity/connection-string");
    });
    EXPECT_THAT(next_token(), HasSubstr("sig="));
    mender.join();
}

TEST_F(WatchTest, CredentialsThatAreRefusedAreToldOnce) {
    start_agent().provide(app_b);
    agent_->answer("/v1/identity/connection-string", 400, "usage: expiry is above maxTokenLifetime");
    watch(99999999);
    ASSERT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
    const auto* event = next();
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(event->kind, DEVICE_AGENT_REFUSED);
    EXPECT_EQ(event->error->code, DEVICE_AGENT_USAGE);
    EXPECT_THAT(event->error->message, HasSubstr("maxTokenLifetime"));
    EXPECT_EQ(next(0), nullptr);
    EXPECT_FALSE(is_readable());
}

TEST_F(WatchTest, CredentialsOfAnIdentityThatIsNoMoreMeanThatItWasRemoved) {
    start_agent().provide(app_b);
    agent_->answer("/v1/identity/connection-string", 404, "not-provisioned: AppB is not there");
    watch(60);
    ASSERT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
    EXPECT_EQ(next_kind(), DEVICE_AGENT_REMOVED);
    agent_->answer_rightly("/v1/identity/connection-string");
    agent_->tell("provisioned AppB hub.example/press-7/AppB");
    EXPECT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
    EXPECT_THAT(next_token(), HasSubstr("sig="));
}

TEST_F(WatchTest, ACertificateNeedsNoRenewal) {
    start_agent().provide("hub.example/press-7");
    agent_->answer("/v1/identity/connection-string", 200, "HostName=hub.example;DeviceId=press-7;x509=true");
    watch(1);
    ASSERT_EQ(next_kind(), DEVICE_AGENT_PROVISIONED);
    const auto* event = next();
    ASSERT_NE(event, nullptr);
    ASSERT_EQ(event->kind, DEVICE_AGENT_CREDENTIALS);
    EXPECT_EQ(event->credentials->identity->authentication, DEVICE_AGENT_X509);
    EXPECT_EQ(next(0), nullptr);
    EXPECT_FALSE(is_readable());
}

TEST_F(WatchTest, DispatchCallsBackForEachEventThatIsThere) {
    start_agent().provide(app_b);
    watch();
    std::vector<device_agent_event_kind> kinds;
    const auto note = [](const device_agent_event* event, void* context) {
        static_cast<std::vector<device_agent_event_kind>*>(context)->push_back(event->kind);
    };
    EXPECT_EQ(device_agent_watch_dispatch(watch_, long_enough, note, &kinds, &error_), DEVICE_AGENT_OK);
    EXPECT_EQ(kinds.at(0), DEVICE_AGENT_PROVISIONED);
    EXPECT_EQ(device_agent_watch_dispatch(watch_, 0, note, &kinds, &error_), DEVICE_AGENT_TIMED_OUT);
    EXPECT_EQ(kinds.size(), 1U);
}

class WaitTest : public WatchTest {
protected:
    device_agent_code wait(int timeout_ms = long_enough) {
        device_agent_identity* identity = nullptr;
        const auto code = device_agent_wait(client_, timeout_ms, &identity, &error_);
        if (identity != nullptr) hub_ = identity->hub;
        if (identity != nullptr) authentication_ = identity->authentication;
        device_agent_free_identity(identity);
        return code;
    }
    std::string hub_;
    device_agent_authentication authentication_ = DEVICE_AGENT_UNTOLD;
};

TEST_F(WaitTest, EndsWithTheIdentity) {
    start_agent().provide(app_b);
    EXPECT_EQ(wait(DEVICE_AGENT_FOREVER), DEVICE_AGENT_OK);
    EXPECT_EQ(hub_, "hub.example");
    EXPECT_EQ(authentication_, DEVICE_AGENT_SAS);
}

TEST_F(WaitTest, OfADeviceSaysHowItProvesItself) {
    start_agent().provide("hub.example/press-7");
    agent_->answer("/v1/identity", 200, "hub.example/press-7", "Device-Agent-Authentication: x509\r\n");
    EXPECT_EQ(wait(), DEVICE_AGENT_OK);
    EXPECT_EQ(authentication_, DEVICE_AGENT_X509);
}

TEST_F(WaitTest, OutlivesAnAgentThatIsNotThereYetAndOneThatRestarts) {
    std::thread waiter([this] { EXPECT_EQ(wait(DEVICE_AGENT_FOREVER), DEVICE_AGENT_OK) << error_.message; });
    start_agent();
    EXPECT_TRUE(agent_->answered(events, 1));
    agent_.reset();
    start_agent();
    EXPECT_TRUE(agent_->answered(events, 1));
    agent_->tell("provisioned AppB hub.example/press-7/AppB");
    waiter.join();
}

TEST_F(WaitTest, ThatTimesOutSaysWhatItWaitedFor) {
    EXPECT_EQ(wait(1), DEVICE_AGENT_TIMED_OUT);
    EXPECT_THAT(error_.message, HasSubstr("does not listen at"));
    start_agent();
    EXPECT_EQ(wait(50), DEVICE_AGENT_TIMED_OUT);
    EXPECT_THAT(error_.message, HasSubstr("not there yet"));
}

TEST_F(WaitTest, EndsAtOnceWithWhatWaitingCannotMend) {
    start_agent().answer("/v1/identity/events", 409, "ambiguous: name one of AppB, AppC");
    EXPECT_EQ(wait(DEVICE_AGENT_FOREVER), DEVICE_AGENT_AMBIGUOUS);
    EXPECT_THAT(error_.message, HasSubstr("AppC"));
}

}  // namespace
}  // namespace device_agent::tests
