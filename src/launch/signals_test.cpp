// SPDX-License-Identifier: Apache-2.0
#include "launch/signals.hpp"

#include <gtest/gtest.h>

namespace device_agent::launch {
namespace {

TEST(LaunchSignals, AreNamedAsThePosixShellNamesThem) {
    EXPECT_EQ(signal_of("HUP"), SIGHUP);
    EXPECT_EQ(signal_of("SIGUSR1"), SIGUSR1);
    EXPECT_EQ(signal_of("15"), SIGTERM);
    for (const char* wrong : {"", "hup", "SIG", "SIGSIGHUP", "0", "-1", "1x", "65536", "restart"})
        EXPECT_EQ(signal_of(wrong), std::nullopt) << wrong;
}

TEST(LaunchSignals, AreTakenOneByOneAndLeftAsTheyWere) {
    sigset_t before;
    ::sigprocmask(SIG_SETMASK, nullptr, &before);
    {
        const Signals signals;
        EXPECT_FALSE(signals.next());
        ::raise(SIGUSR1);
        const auto arrived = signals.next();
        ASSERT_TRUE(arrived);
        EXPECT_EQ(arrived->number, SIGUSR1);
        EXPECT_FALSE(arrived->is_of_kernel);
        EXPECT_FALSE(signals.next());
        EXPECT_FALSE(::sigismember(&signals.mask_before(), SIGUSR1));
    }
    sigset_t after;
    ::sigprocmask(SIG_SETMASK, nullptr, &after);
    EXPECT_EQ(::sigismember(&before, SIGUSR1), ::sigismember(&after, SIGUSR1));
}

}  // namespace
}  // namespace device_agent::launch
