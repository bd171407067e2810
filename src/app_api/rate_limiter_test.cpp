// SPDX-License-Identifier: Apache-2.0
#include "app_api/rate_limiter.hpp"

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

int takes(RateLimiter& rates, const Caller& caller, SteadyTime now) {
    int count = 0;
    while (rates.take(caller, now))
        ++count;
    return count;
}

TEST(RateLimiter, IsABurstAndThenARate) {
    RateLimiter rates(small());
    EXPECT_EQ(takes(rates, process(1), start), 3);
    EXPECT_EQ(takes(rates, process(1), start + milliseconds(900)), 0);
    EXPECT_EQ(takes(rates, process(1), start + seconds(1)), 1);
    EXPECT_EQ(takes(rates, process(1), start + seconds(60)), 3) << "never more than the burst";
}

TEST(RateLimiter, ManyProcessesOfAUserShareItsOwn) {
    RateLimiter rates(small());
    EXPECT_EQ(takes(rates, process(1), start), 3);
    EXPECT_EQ(takes(rates, process(2), start), 2);
    EXPECT_EQ(takes(rates, process(3), start), 0);
    EXPECT_EQ(takes(rates, process(4, 1001), start), 3) << "another user's is untouched";
}

TEST(RateLimiter, WhatIsFullAgainIsForgotten) {
    RateLimiter rates(small());
    for (int i = 0; i < 10'000; ++i) {
        const auto now = start + seconds(10) * i;
        ASSERT_TRUE(rates.take(process(i), now));
        ASSERT_LE(rates.size(), 70U);
    }
}

TEST(RateLimiter, WhatCostsLittleNeedsAWholeTokenAndTakesAPart) {
    RateLimiter rates(small());
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(rates.take(process(1), start, 0.5)) << i;
    EXPECT_FALSE(rates.take(process(1), start, 0.5)) << "half a token is left";
}

TEST(RateLimiter, AChargeMayEmptyIt) {
    RateLimiter rates(small());
    for (int i = 0; i < 10; ++i)
        rates.charge(process(1), start);
    EXPECT_FALSE(rates.has(process(1), start));
    EXPECT_TRUE(rates.has(process(1), start + seconds(1)));
}

}  // namespace
}  // namespace device_agent::app_api
