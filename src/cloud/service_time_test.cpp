// SPDX-License-Identifier: Apache-2.0
#include "cloud/service_time.hpp"

#include "tests/fakes/fake_clock.hpp"

#include <gtest/gtest.h>

namespace device_agent::cloud {
namespace {

using namespace std::chrono_literals;
using fakes::FakeClock;

TEST(ServiceTime, NeverGoesBeforeTheBuild) {
    FakeClock clock(WallTime(0s));
    const ServiceTime time(clock);
    EXPECT_EQ(time.for_certificates(), build_time());
    EXPECT_EQ(time.now(), build_time());
    EXPECT_TRUE(time.clock_is_before_build());
}

TEST(ServiceTime, TrustsTheLocalClockWhileItAgreesWithTheService) {
    FakeClock clock;
    ServiceTime time(clock);
    time.observe(clock.now() + 4min);
    EXPECT_EQ(time.now(), clock.now());
    EXPECT_FALSE(time.clock_is_before_build());
}

TEST(ServiceTime, TakesTheServicesDateWhenTheClockIsOff) {
    for (const auto off : {-10h, 10h}) {
        FakeClock clock;
        ServiceTime time(clock);
        const auto date = clock.now() + off;
        time.observe(date);
        clock.pass(30s);
        EXPECT_EQ(time.now(), date + 30s);
    }
}

TEST(ServiceTime, FollowsAClockThatIsSetLater) {
    FakeClock clock(WallTime(0s));
    ServiceTime time(clock);
    const WallTime date{1'900'000'000s};
    time.observe(date);
    EXPECT_EQ(time.now(), date);
    clock.set(date + 1s);
    EXPECT_EQ(time.now(), date + 1s);
}

TEST(ServiceTime, ChecksCertificatesAtTheLatestTimeThatIsKnown) {
    FakeClock clock(WallTime(0s));
    ServiceTime time(clock);
    time.observe(build_time() + 24h);
    EXPECT_EQ(time.for_certificates(), build_time() + 24h);
}

}  // namespace
}  // namespace device_agent::cloud
