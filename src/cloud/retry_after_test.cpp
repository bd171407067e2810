// SPDX-License-Identifier: Apache-2.0
#include "cloud/retry_after.hpp"

#include <gtest/gtest.h>

namespace device_agent::cloud {
namespace {

using namespace std::chrono_literals;

constexpr WallTime now{1'445'412'480s};  // Wed, 21 Oct 2015 07:28:00 GMT

TEST(RetryAfter, IsSecondsOrADate) {
    EXPECT_EQ(parse_retry_after("0", now), 0s);
    EXPECT_EQ(parse_retry_after("301", now), 301s);
    EXPECT_EQ(parse_retry_after("Wed, 21 Oct 2015 07:35:00 GMT", now), 420s);
    EXPECT_EQ(parse_retry_after("Wed, 21 Oct 2015 07:00:00 GMT", now), 0s) << "it is over";
}

TEST(RetryAfter, IsNeverMisread) {
    EXPECT_EQ(parse_retry_after("99999999999999999999", now), 4'294'967'295s);
    for (const auto* wrong : {"", "-1", "+1", "1.5", "1 s", "soon", "0x10"})
        EXPECT_FALSE(parse_retry_after(wrong, now)) << wrong;
}

}  // namespace
}  // namespace device_agent::cloud
