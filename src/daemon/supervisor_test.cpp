// SPDX-License-Identifier: Apache-2.0
#include "daemon/supervisor.hpp"

#include "foundation/error.hpp"
#include "tests/fakes/fake_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <queue>

namespace device_agent::daemon {
namespace {

using namespace std::chrono_literals;
using app_api::Operation;
using ::testing::ElementsAre;
using State = Condition::State;
using Lines = std::vector<std::string>;

/// What it is asked for is written into a journal; what it answers is prepared by the test.
class FakeWork final : public Work {
public:
    void serve() override { journal.emplace_back("serve"); }
    Outlook outlook() override {
        if (outlook_fails) throw Error(*outlook_fails);
        return missing ? Outlook{next, "slot 2 is empty"} : Outlook{};
    }
    void provision(const provisioning::Progress& progress, const CallContext& context) override {
        journal.emplace_back("provision");
        deadlines.push_back(context.deadline.value() - context.clock.steady_now());
        progress("registering");
        if (!failures.empty()) {
            const auto failure = failures.front();
            failures.pop();
            failure(context);
        }
        progress("registered");
        deadlines.push_back(context.deadline.value() - context.clock.steady_now());
        missing = false;
    }
    SecretText perform(const Operation& operation, const provisioning::Progress& progress) override {
        journal.emplace_back("perform");
        progress("a step");
        if (perform_fails) throw Error(*perform_fails);
        if (operation.kind == Operation::Kind::erase_slot) missing = true;
        if (operation.kind == Operation::Kind::provision) missing = false;
        return SecretText("{}");
    }
    void reload() override {
        journal.emplace_back("reload");
        if (reload_fails) throw Error(*reload_fails);
    }

    bool missing = false;
    Outlook::Next next = Outlook::Next::provision;
    std::queue<std::function<void(const CallContext&)>> failures;  // of the next attempts
    std::optional<Error> outlook_fails;
    std::optional<Error> perform_fails;
    std::optional<Error> reload_fails;
    std::vector<std::string> journal;
    std::vector<std::chrono::nanoseconds> deadlines;
};

class SupervisorTest : public ::testing::Test {
protected:
    /// Runs until it has waited so often.
    void run_until_it_waits(std::size_t times) {
        stop = std::stop_source();
        clock.waits.clear();
        clock.when_waited(times, [this] { stop.request_stop(); });
        supervisor.run(stop.get_token());
    }
    void fail_next(const Error& error) {
        work.failures.emplace([error](const CallContext& /*context*/) { throw error; });
    }
    [[nodiscard]] static Error offline(Retry retry = Retry::later()) {
        return {ErrorCode::network, "no route to DPS", retry};
    }
    /// Has this done, at the next wait, and keeps what it came to.
    void submit(Operation::Kind kind) {
        Operation operation;
        operation.kind = kind;
        supervisor.submit(
            std::move(operation), [this](const std::string& step) { steps.push_back(step); },
            [this](const SecretText& document, const std::exception_ptr& error) {
                answer = std::string(document.view());
                has_failed = error != nullptr;
            });
    }

    FakeWork work;
    fakes::FakeClock clock;
    fakes::FixedJitter jitter;
    std::vector<State> states;
    Supervisor supervisor{work, clock, jitter, [this](const Condition& now) { states.push_back(now.state); }};
    std::stop_source stop;
    Lines steps;
    std::optional<std::string> answer;
    bool has_failed = false;
};

TEST_F(SupervisorTest, ServesWhatIsThereAndAsksNobodyWhenNothingIsMissing) {
    run_until_it_waits(1);
    EXPECT_THAT(work.journal, ElementsAre("serve"));
    EXPECT_EQ(supervisor.condition().state, State::provisioned);
    EXPECT_EQ(supervisor.condition().next_attempt, std::nullopt);
}

TEST_F(SupervisorTest, ServesFirstAndThenProvisionsWhatIsMissing) {
    work.missing = true;
    run_until_it_waits(1);
    EXPECT_THAT(work.journal, ElementsAre("serve", "provision", "serve"));
    EXPECT_THAT(states, ::testing::Contains(State::provisioning));
    EXPECT_EQ(supervisor.condition().state, State::provisioned);
}

TEST_F(SupervisorTest, TriesAgainAfterGrowingDelaysAndTellsWhyAndWhen) {
    work.missing = true;
    for (int i = 0; i < 3; ++i)
        fail_next(offline());
    run_until_it_waits(3);
    EXPECT_THAT(clock.waits, ElementsAre(7500ms, 15s, 30s));
    EXPECT_EQ(supervisor.condition().state, State::retrying);
    EXPECT_EQ(supervisor.condition().last_error, "no route to DPS");
    EXPECT_NE(supervisor.condition().next_attempt, std::nullopt);

    run_until_it_waits(1);
    EXPECT_EQ(supervisor.condition().state, State::provisioned);
    EXPECT_EQ(supervisor.condition().last_error, "");
}

TEST_F(SupervisorTest, ARetryAfterIsRespected) {
    work.missing = true;
    fail_next(offline(Retry::later(900s)));
    run_until_it_waits(1);
    EXPECT_THAT(clock.waits, ElementsAre(900s));
}

TEST_F(SupervisorTest, AnAttemptEndsWhenNothingIsAchievedForAMinute) {
    work.missing = true;
    work.failures.emplace([this](const CallContext& /*context*/) { clock.pass(50s); });
    run_until_it_waits(1);
    EXPECT_THAT(work.deadlines, ElementsAre(60s, 60s));  // at its beginning, and after a step
}

TEST_F(SupervisorTest, ATpmThatFailsIsLookedAtAgain) {
    work.outlook_fails = Error(ErrorCode::tpm, "the TPM is in lockout");
    run_until_it_waits(2);
    EXPECT_THAT(work.journal, ElementsAre("serve", "serve"));
    EXPECT_EQ(supervisor.condition().state, State::retrying);
    work.outlook_fails.reset();
    run_until_it_waits(1);
    EXPECT_EQ(supervisor.condition().state, State::provisioned);
}

TEST_F(SupervisorTest, WaitsForSlotsThatSomebodyElseFillsAtGrowingIntervalsUpToAMinute) {
    work.missing = true;
    work.next = Outlook::Next::look_again;
    run_until_it_waits(12);
    EXPECT_EQ(clock.waits.front(), 750ms);
    EXPECT_EQ(clock.waits.back(), 45s);
    EXPECT_EQ(supervisor.condition().state, State::waiting);
    EXPECT_THAT(work.journal, ::testing::Each("serve"));
}

TEST_F(SupervisorTest, DoesNothingInDevelopment) {
    work.missing = true;
    work.next = Outlook::Next::development;
    run_until_it_waits(1);
    EXPECT_THAT(work.journal, ElementsAre("serve"));
    EXPECT_EQ(supervisor.condition().state, State::development);
}

TEST_F(SupervisorTest, AnAdministratorInterruptsAnAttemptWhichThenGoesOn) {
    work.missing = true;
    work.failures.emplace([this](const CallContext& context) {
        submit(Operation::Kind::store_slot);
        context.check();  // throws: it was interrupted
    });
    run_until_it_waits(1);
    EXPECT_EQ(answer, "{}");
    EXPECT_EQ(steps, Lines{"a step"});
    EXPECT_THAT(work.journal, ElementsAre("serve", "provision", "perform", "serve", "provision", "serve"));
    EXPECT_EQ(supervisor.condition().state, State::provisioned);
}

TEST_F(SupervisorTest, WhatAnAdministratorErasedStaysErasedUntilItIsAskedFor) {
    submit(Operation::Kind::erase_slot);
    State after_erasing{};
    clock.when_waited(1, [&] {
        after_erasing = supervisor.condition().state;
        submit(Operation::Kind::provision);
        clock.when_waited(2, [this] { stop.request_stop(); });
    });
    supervisor.run(stop.get_token());
    EXPECT_EQ(after_erasing, State::paused);
    EXPECT_THAT(work.journal, ElementsAre("serve", "perform", "perform", "serve"));
    EXPECT_EQ(supervisor.condition().state, State::provisioned);
}

TEST_F(SupervisorTest, AnOperationThatFailsIsToldToWhoAskedAndTriedAgainLater) {
    work.missing = true;
    work.perform_fails = offline();
    work.failures.emplace([](const CallContext& /*context*/) { throw offline(); });
    submit(Operation::Kind::provision);
    run_until_it_waits(1);
    EXPECT_TRUE(has_failed);
    EXPECT_EQ(supervisor.condition().state, State::retrying);
}

TEST_F(SupervisorTest, ABadConfigurationKeepsTheOldOneAndIsTold) {
    work.reload_fails = Error(ErrorCode::configuration, "device-agent.json:3:5: deviceSlotNumber");
    bool done = false;
    supervisor.reload([&] { done = true; });
    run_until_it_waits(1);
    EXPECT_TRUE(done);
    EXPECT_EQ(supervisor.condition().state, State::provisioned);
    EXPECT_EQ(supervisor.condition().last_error, "device-agent.json:3:5: deviceSlotNumber");
}

TEST_F(SupervisorTest, AGoodConfigurationIsActedUpon) {
    clock.when_waited(1, [this] {
        work.missing = true;
        supervisor.reload([] {});
        clock.when_waited(2, [this] { stop.request_stop(); });
    });
    supervisor.run(stop.get_token());
    EXPECT_THAT(work.journal, ElementsAre("serve", "reload", "serve", "provision", "serve"));
}

TEST_F(SupervisorTest, WhoAsksWhenItIsStoppingIsAnswered) {
    stop.request_stop();
    submit(Operation::Kind::provision);
    supervisor.run(stop.get_token());
    EXPECT_TRUE(has_failed);
    has_failed = false;
    submit(Operation::Kind::provision);
    EXPECT_TRUE(has_failed);
}

}  // namespace
}  // namespace device_agent::daemon
