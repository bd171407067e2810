// SPDX-License-Identifier: Apache-2.0
#include "app_api/guest_list.hpp"

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

TEST(GuestList, NobodyGoesWhileThereIsRoom) {
    GuestList guests(small());
    EXPECT_EQ(guests.who_has_to_go(process(1, 1)), std::nullopt);
    for (int i = 0; i < 3; ++i)
        guests.enter(process(1, 1));
    EXPECT_EQ(guests.who_has_to_go(process(1, 1)), std::nullopt);
    EXPECT_EQ(guests.size(), 3U);
}

TEST(GuestList, AUserWithTooManyLosesItsOwn) {
    GuestList guests(small());
    guests.enter(process(2, 20));
    guests.enter(process(1, 10));
    const auto oldest_of_many = guests.enter(process(1, 11));
    guests.enter(process(1, 11));
    guests.enter(process(1, 11));
    EXPECT_EQ(guests.who_has_to_go(process(1, 12)), oldest_of_many);
    EXPECT_EQ(guests.who_has_to_go(process(2, 20)), std::nullopt) << "the others still get in";
}

TEST(GuestList, WhoAskedLatelyStays) {
    GuestList guests(small());
    const auto first = guests.enter(process(1, 1));
    const auto second = guests.enter(process(1, 1));
    guests.enter(process(1, 1));
    guests.enter(process(1, 1));
    guests.set_idle(first, false);
    guests.set_idle(first, true);
    EXPECT_EQ(guests.who_has_to_go(process(1, 1)), second);
}

TEST(GuestList, WhenAllIsFullTheHeaviestLosesItsOldestIdleOne) {
    GuestList guests(small());
    guests.enter(process(2, 20));
    guests.enter(process(3, 30));
    guests.enter(process(1, 10));
    const auto busy = guests.enter(process(1, 11));
    const auto idle = guests.enter(process(1, 11));
    const auto other = guests.enter(process(4, 40));
    guests.set_idle(busy, false);
    EXPECT_EQ(guests.who_has_to_go(process(5, 50)), idle);
    guests.set_idle(idle, false);
    EXPECT_EQ(guests.who_has_to_go(process(5, 50)), busy) << "when none is idle, who is busy for longest";
    guests.leave(other);
    EXPECT_EQ(guests.who_has_to_go(process(5, 50)), std::nullopt);
}

TEST(GuestList, WhoLeavesTwiceIsNotCountedTwice) {
    GuestList guests(small());
    const auto id = guests.enter(process(1, 1));
    guests.enter(process(1, 1));
    guests.leave(id);
    guests.leave(id);
    guests.set_idle(id, false);
    EXPECT_EQ(guests.size(), 1U);
    EXPECT_NE(guests.who_has_to_go(), std::nullopt);
}

}  // namespace
}  // namespace device_agent::app_api
