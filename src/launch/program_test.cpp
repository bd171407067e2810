// SPDX-License-Identifier: Apache-2.0
#include "launch/program.hpp"

#include "launch/signals.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <poll.h>

namespace device_agent::launch {
namespace {

class ChildTest : public testing::Test {
protected:
    /// The exit code, once the word has come that the child has ended.
    int wait_for(Child& child) const {
        for (;;) {
            if (const auto code = child.exit_code()) return *code;
            pollfd waited{signals_.fd(), POLLIN, 0};
            EXPECT_EQ(::poll(&waited, 1, 10000), 1);
            while (signals_.next()) {
            }
        }
    }

    const Signals signals_;
    Environment environment_;
};

TEST_F(ChildTest, SeesItsArgumentsAndItsEnvironment) {
    environment_.set("LAUNCH_TEST", "a value");
    Child child(
        {"sh", "-c", "test \"$1\" = '[x,y]' && test \"$LAUNCH_TEST\" = 'a value' && exit 7", "sh", "[x,y]"},
        environment_, signals_.mask_before());
    EXPECT_EQ(child.failure(), 0);
    EXPECT_EQ(wait_for(child), 7);
    child.send(SIGTERM);
    EXPECT_EQ(child.exit_code(), 7);
}

TEST_F(ChildTest, HasNoSignalBlockedAndTellsWhichOneKilledIt) {
    Child child({"sh", "-c", "kill -USR1 $$; sleep 60"}, environment_, signals_.mask_before());
    EXPECT_EQ(wait_for(child), 128 + SIGUSR1);
}

TEST_F(ChildTest, ThatCannotBeRunSaysWhy) {
    Child none({"/no/such/program"}, environment_, signals_.mask_before());
    EXPECT_EQ(none.failure(), ENOENT);
    EXPECT_EQ(wait_for(none), 127);
    Child folder({"/tmp"}, environment_, signals_.mask_before());
    EXPECT_EQ(folder.failure(), EACCES);
    EXPECT_EQ(report_failure({"/tmp"}, EACCES), 126);
    EXPECT_EQ(report_failure({"/no"}, ENOENT), 127);
}

TEST_F(ChildTest, DoesNotOutliveItsOwner) {
    const auto begin = std::chrono::steady_clock::now();
    { const Child child({"sleep", "60"}, environment_, signals_.mask_before()); }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

}  // namespace
}  // namespace device_agent::launch
