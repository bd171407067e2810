// SPDX-License-Identifier: Apache-2.0
#include "emulator/record/event_log.hpp"

#include "emulator/testing/manual_clock.hpp"

#include <gtest/gtest.h>

namespace emulator::record {
namespace {

class EventLogTest : public ::testing::Test {
protected:
    testing::ManualClock clock;
    EventLog log{clock};
};

TEST_F(EventLogTest, TellsWhatCameAfter) {
    log.add({.kind = "connected", .identity = "device d"});
    log.add({.kind = "closed", .detail = "why"});
    const auto all = log.after(0);
    EXPECT_EQ(all.at("last"), 2);
    EXPECT_EQ(all.at("events").size(), 2U);
    EXPECT_EQ(all.at("events").at(0).at("identity"), "device d");
    const auto rest = log.after(1);
    EXPECT_EQ(rest.at("events").size(), 1U);
    EXPECT_EQ(rest.at("events").at(0).at("detail"), "why");
    EXPECT_EQ(log.after(7).at("last"), 2) << "a number from before a restart does not hide what comes";
    EXPECT_TRUE(log.after(2).at("events").empty());
}

TEST_F(EventLogTest, LongListsComeInParts) {
    for (int i = 0; i < 10'500; ++i)
        log.add({.kind = "published"});
    const auto part = log.after(0);
    EXPECT_EQ(part.at("events").size(), 1000U);
    EXPECT_EQ(part.at("events").at(0).at("sequence"), 501) << "the oldest made room";
    EXPECT_EQ(part.at("last"), 1500);
}

TEST_F(EventLogTest, WhoWaitsIsWokenOnce) {
    int woken = 0;
    log.when_after(0, [&] { ++woken; });
    EXPECT_EQ(woken, 0);
    log.add({.kind = "connected"});
    log.add({.kind = "closed"});
    EXPECT_EQ(woken, 1);
    log.when_after(1, [&] { ++woken; });
    EXPECT_EQ(woken, 2) << "there is one already";
}

TEST_F(EventLogTest, WhoGivesUpIsForgotten) {
    int woken = 0;
    const auto kept = std::make_shared<int>();
    const auto ticket = log.when_after(0, [&, kept] { ++woken; });
    EXPECT_EQ(kept.use_count(), 2);
    log.forget(ticket);
    EXPECT_EQ(kept.use_count(), 1) << "an idle emulator would keep everyone who ever asked";
    log.add({.kind = "connected"});
    EXPECT_EQ(woken, 0);
    log.forget(ticket);
}

TEST_F(EventLogTest, DetailsAreCutBetweenCharacters) {
    std::string detail(511, 'x');
    log.add({.kind = "published", .detail = detail + "\xC3\xA9"});
    EXPECT_EQ(log.after(0).at("events").at(0).at("detail"), detail);
    EXPECT_NO_THROW(static_cast<void>(log.after(0).dump()));
}

}  // namespace
}  // namespace emulator::record
