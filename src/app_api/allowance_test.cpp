// SPDX-License-Identifier: Apache-2.0
#include "app_api/allowance.hpp"

#include <gtest/gtest.h>

namespace device_agent::app_api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const SteadyTime start{seconds(1000)};

Limits small() {
    Limits limits;
    limits.process = {.burst = 3, .per_second = 1};
    limits.user = {.burst = 5, .per_second = 2};
    return limits;
}

Caller process(pid_t pid, uid_t uid = 1000) {
    Caller caller;
    caller.uid = uid;
    caller.pid = pid;
    return caller;
}

int takes(Allowance& allowance, const Caller& caller, SteadyTime now) {
    int count = 0;
    while (allowance.take(caller, now))
        ++count;
    return count;
}

TEST(Allowance, IsABurstAndThenARate) {
    Allowance allowance(small());
    EXPECT_EQ(takes(allowance, process(1), start), 3);
    EXPECT_EQ(takes(allowance, process(1), start + milliseconds(900)), 0);
    EXPECT_EQ(takes(allowance, process(1), start + seconds(1)), 1);
    EXPECT_EQ(takes(allowance, process(1), start + seconds(60)), 3) << "never more than the burst";
}

TEST(Allowance, ManyProcessesOfAUserShareItsOwn) {
    Allowance allowance(small());
    EXPECT_EQ(takes(allowance, process(1), start), 3);
    EXPECT_EQ(takes(allowance, process(2), start), 2);
    EXPECT_EQ(takes(allowance, process(3), start), 0);
    EXPECT_EQ(takes(allowance, process(4, 1001), start), 3) << "another user's is untouched";
}

TEST(Allowance, WhatIsFullAgainIsForgotten) {
    Allowance allowance(small());
    for (int i = 0; i < 10'000; ++i) {
        const auto now = start + seconds(10) * i;
        ASSERT_TRUE(allowance.take(process(i), now));
        ASSERT_LE(allowance.size(), 70U);
    }
}

TEST(Allowance, AChargeMayEmptyIt) {
    Allowance allowance(small());
    for (int i = 0; i < 10; ++i)
        allowance.charge(process(1), start);
    EXPECT_FALSE(allowance.has(process(1), start));
    EXPECT_TRUE(allowance.has(process(1), start + seconds(1)));
}

}  // namespace
}  // namespace device_agent::app_api
