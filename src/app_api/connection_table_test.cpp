// SPDX-License-Identifier: Apache-2.0
#include "app_api/connection_table.hpp"

#include <gtest/gtest.h>

namespace device_agent::app_api {
namespace {

Limits small() {
    Limits limits;
    limits.connections = 6;
    limits.connections_of_user = 4;
    return limits;
}

Caller process(uid_t uid, pid_t pid) {
    Caller caller;
    caller.uid = uid;
    caller.pid = pid;
    return caller;
}

TEST(ConnectionTable, NobodyGoesWhileThereIsRoom) {
    ConnectionTable table(small());
    EXPECT_EQ(table.find_eviction(process(1, 1)), std::nullopt);
    for (int i = 0; i < 3; ++i)
        table.enter(process(1, 1));
    EXPECT_EQ(table.find_eviction(process(1, 1)), std::nullopt);
    EXPECT_EQ(table.size(), 3U);
}

TEST(ConnectionTable, AUserWithTooManyLosesItsOwn) {
    ConnectionTable table(small());
    table.enter(process(2, 20));
    table.enter(process(1, 10));
    const auto oldest_of_many = table.enter(process(1, 11));
    table.enter(process(1, 11));
    table.enter(process(1, 11));
    EXPECT_EQ(table.find_eviction(process(1, 12)), oldest_of_many);
    EXPECT_EQ(table.find_eviction(process(2, 20)), std::nullopt) << "the others still get in";
}

TEST(ConnectionTable, WhoAskedLatelyStays) {
    ConnectionTable table(small());
    const auto first = table.enter(process(1, 1));
    const auto second = table.enter(process(1, 1));
    table.enter(process(1, 1));
    table.enter(process(1, 1));
    table.set_idle(first, false);
    table.set_idle(first, true);
    EXPECT_EQ(table.find_eviction(process(1, 1)), second);
}

TEST(ConnectionTable, WhenAllIsFullTheHeaviestLosesItsOldestIdleOne) {
    ConnectionTable table(small());
    table.enter(process(2, 20));
    table.enter(process(3, 30));
    table.enter(process(1, 10));
    const auto busy = table.enter(process(1, 11));
    const auto idle = table.enter(process(1, 11));
    const auto other = table.enter(process(4, 40));
    table.set_idle(busy, false);
    EXPECT_EQ(table.find_eviction(process(5, 50)), idle);
    table.set_idle(idle, false);
    EXPECT_EQ(table.find_eviction(process(5, 50)), busy) << "when none is idle, who is busy for longest";
    table.leave(other);
    EXPECT_EQ(table.find_eviction(process(5, 50)), std::nullopt);
}

TEST(ConnectionTable, WhoLeavesTwiceIsNotCountedTwice) {
    ConnectionTable table(small());
    const auto id = table.enter(process(1, 1));
    table.enter(process(1, 1));
    table.leave(id);
    table.leave(id);
    table.set_idle(id, false);
    EXPECT_EQ(table.size(), 1U);
    EXPECT_NE(table.find_eviction(), std::nullopt);
}

}  // namespace
}  // namespace device_agent::app_api
