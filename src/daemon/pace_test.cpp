// SPDX-License-Identifier: Apache-2.0
#include "daemon/pace.hpp"

#include "tests/fakes/fake_clock.hpp"

#include <gtest/gtest.h>

namespace device_agent::daemon {
namespace {

using namespace std::chrono_literals;

Error failure(ErrorCode code, Retry retry = Retry::no()) {
    return {code, "it failed", retry};
}

class PaceTest : public ::testing::Test {
protected:
    fakes::FixedJitter jitter;  // in the middle: three quarters of the whole delay
    Pace pace{jitter};
};

TEST_F(PaceTest, GrowsWhileTheNetworkIsAwayAndIsNeverLongerThanHalfAnHour) {
    const auto network = failure(ErrorCode::network, Retry::later());
    EXPECT_EQ(pace.after(network), 7500ms);
    EXPECT_EQ(pace.after(network), 15s);
    EXPECT_EQ(pace.after(network), 30s);
    for (int i = 0; i < 20; ++i)
        static_cast<void>(pace.after(network));
    EXPECT_EQ(pace.after(network), 22min + 30s);
}

TEST_F(PaceTest, IsSlowerWhereSomebodyMustChangeSomethingFirst) {
    EXPECT_EQ(pace.after(failure(ErrorCode::refused)), 45s);
    for (int i = 0; i < 20; ++i)
        static_cast<void>(pace.after(failure(ErrorCode::refused)));
    EXPECT_EQ(pace.after(failure(ErrorCode::refused)), 90min);
}

TEST_F(PaceTest, IsNeverFasterThanTheServiceAskedFor) {
    EXPECT_EQ(pace.after(failure(ErrorCode::network, Retry::later(3600s))), 3600s);
    EXPECT_EQ(pace.after(failure(ErrorCode::network, Retry::later(1s))), 15s);
}

TEST_F(PaceTest, BeginsAnewAfterASuccessAndForAnotherKindOfFailure) {
    const auto network = failure(ErrorCode::network);
    static_cast<void>(pace.after(network));
    static_cast<void>(pace.after(network));
    EXPECT_EQ(pace.after(failure(ErrorCode::tpm)), 3750ms);
    EXPECT_EQ(pace.after(network), 7500ms);
    static_cast<void>(pace.after(network));
    pace.reset();
    EXPECT_EQ(pace.after(network), 7500ms);
}

}  // namespace
}  // namespace device_agent::daemon
