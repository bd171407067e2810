// SPDX-License-Identifier: Apache-2.0
// Generated worlds. Whatever happened, planning and applying must bring the slots to what is wanted, must do
// nothing for which there is no need, and must not lose on the way what works.
#include "tests/support/planner_world.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace device_agent::provisioning {
namespace {

constexpr unsigned world_count = 12'000;

void expect_nothing_to_do(PlannerWorld& world, bool verify) {
    EXPECT_TRUE(world.provision({.verify = verify}));
    EXPECT_EQ(world.changes(), 0) << "provisioning again is not without effect";
}

// Each plan on the way is checked too: no action without need, nothing given up that works (PlannerWorld).
void live_through(PlannerWorld& world, unsigned seed) {
    std::mt19937 random(seed);
    const auto pick = [&](int least, int most) {
        return std::uniform_int_distribution<int>(least, most)(random);
    };
    for (int change = pick(1, 6); change > 0; --change) {
        world.provision({.steps = pick(0, 40), .verify = pick(0, 1) == 0, .register_anew = pick(0, 7) == 0});
        world.disturb();
    }
    world.remove_obstacles();
    ASSERT_TRUE(world.provision({}));
    world.expect_everything_in_place();
    expect_nothing_to_do(world, false);

    ASSERT_TRUE(world.provision({.verify = true}));
    world.expect_everything_in_place();
    world.expect_every_key_works();
    if (world.prunes()) world.expect_pruned();
    expect_nothing_to_do(world, true);

    ASSERT_TRUE(world.provision({.register_anew = true}));
    world.expect_everything_in_place();
    world.expect_every_key_works();
}

// DEVICE_AGENT_PLAN_SEED=N runs one failing world again.
TEST(GeneratedPlan, EveryWorldConvergesAndLosesNothingThatWorks) {
    const char* chosen = std::getenv("DEVICE_AGENT_PLAN_SEED");
    const unsigned first = chosen == nullptr ? 1 : static_cast<unsigned>(std::strtoul(chosen, nullptr, 10));
    const unsigned last = chosen == nullptr ? world_count : first;
    for (unsigned seed = first; seed <= last && !HasFailure(); ++seed) {
        SCOPED_TRACE("DEVICE_AGENT_PLAN_SEED=" + std::to_string(seed));
        PlannerWorld world(seed);
        live_through(world, seed);
    }
}

}  // namespace
}  // namespace device_agent::provisioning
