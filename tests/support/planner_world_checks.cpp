// SPDX-License-Identifier: Apache-2.0
// What must be true in every world: of each plan on the way, and at the end.
#include "tests/support/planner_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace device_agent::provisioning {

// --- no action without need

void PlannerWorld::expect_reasons(const Plan& plan) const {
    const auto again = this->plan();
    EXPECT_TRUE(std::ranges::equal(plan.actions, again.actions, {}, describe, describe)) << "not a function";
    EXPECT_EQ(plan.obstacles, again.obstacles);
    for (const auto& action : plan.actions) {
        SCOPED_TRACE(describe(action));
        std::visit([&](const auto& one) { expect_reason(one); }, action);
    }
}

void PlannerWorld::expect_reason(const RegisterDevice& action) const {
    EXPECT_EQ(action.slot, desired_.device_slot);
    const auto* device = current_device();
    const bool waits = staged_.contains(action.slot) && !staged_.at(action.slot).identity.module;
    const auto& assigned_for = waits ? staged_binding_ : binding_;
    const bool is_device = hub_accepts(device) && !device->identity.module;
    const bool right = assigned_for == desired_.binding || (!waits && !assigned_for);
    EXPECT_FALSE(is_device && right && !desired_.register_anew && (waits || !is_twice(device->identity)))
        << "the device that is there is good";
}

void PlannerWorld::expect_reason(const ObtainModule& action) const {
    const auto* content = content_of(action.slot);
    const auto* device = current_device();
    const auto wanted = [&](const Content& one) {
        return device != nullptr && one.identity == device->identity.module_identity(action.module) &&
               works(one);
    };
    EXPECT_NE(std::ranges::find(desired_.modules, action.module, &DesiredModule::id), desired_.modules.end());
    EXPECT_FALSE(content != nullptr && wanted(*content) && !is_twice(content->identity))
        << "it is in its slot";
    EXPECT_FALSE(staged_.contains(action.slot) && wanted(staged_.at(action.slot))) << "it waits for its slot";
}

void PlannerWorld::expect_reason(const DropStale& action) const {
    EXPECT_TRUE(hub_accepts(current_device()));
    EXPECT_EQ(action.device, current_device()->identity);
    EXPECT_EQ(slots_.at(action.slot).identity, action.identity);
    EXPECT_NE(action.identity.device_identity(), action.device);
    const auto module = std::ranges::find(desired_.modules, action.slot, &DesiredModule::slot);
    ASSERT_NE(module, desired_.modules.end());
    EXPECT_TRUE(failed_.contains(module->id));
}

void PlannerWorld::expect_reason(const TakeSlot& action) const {
    ASSERT_TRUE(staged_.contains(action.slot));
    EXPECT_EQ(staged_.at(action.slot).identity, action.identity);
    const auto module = std::ranges::find(desired_.modules, action.slot, &DesiredModule::slot);
    if (action.slot == desired_.device_slot) {
        EXPECT_FALSE(action.identity.module);
    } else {
        ASSERT_NE(module, desired_.modules.end());
        EXPECT_EQ(action.identity.module, module->id);
    }
    // Nothing takes its slot before everything is staged.
    for (const auto& one : desired_.modules) {
        if (failed_.contains(one.id)) continue;
        const auto is_it = [&](const Content& content) { return content.identity.module == one.id; };
        const auto* content = content_of(one.slot);
        EXPECT_TRUE((content != nullptr && is_it(*content)) ||
                    (staged_.contains(one.slot) && is_it(staged_.at(one.slot))))
            << one.id << " is not staged yet";
    }
}

void PlannerWorld::expect_reason(const DiscardStaged& action) const {
    ASSERT_TRUE(staged_.contains(action.slot));
    EXPECT_EQ(staged_.at(action.slot).identity, action.identity);
    const auto module = std::ranges::find(desired_.modules, action.slot, &DesiredModule::slot);
    const auto& device = slots_.at(desired_.device_slot).identity;
    EXPECT_FALSE(module != desired_.modules.end() && action.identity == device.module_identity(module->id));
}

void PlannerWorld::expect_reason(const EraseSlot& action) const {
    EXPECT_NE(action.slot, action.home);
    ASSERT_TRUE(slots_.contains(action.slot) && slots_.contains(action.home));
    EXPECT_EQ(slots_.at(action.slot).identity, action.identity);
    EXPECT_EQ(slots_.at(action.home).identity, action.identity);
    EXPECT_NE(action.slot, desired_.device_slot);
    const auto module = std::ranges::find(desired_.modules, action.slot, &DesiredModule::slot);
    EXPECT_FALSE(module != desired_.modules.end() && action.identity.module == module->id);
}

void PlannerWorld::expect_reason(const PruneModule& action) const {
    EXPECT_TRUE(desired_.prune);
    EXPECT_EQ(created_.at(action.module), action.generation_id);
    EXPECT_EQ(std::ranges::find(desired_.modules, action.module, &DesiredModule::id), desired_.modules.end());
    for (const auto slot : action.slots)
        EXPECT_EQ(slots_.at(slot).identity.module, action.module);
}

// --- at the end

void PlannerWorld::expect_nothing_stale() const {
    const auto& device = content_of(desired_.device_slot)->identity;
    for (const auto& module : desired_.modules) {
        const auto* content = content_of(module.slot);
        if (content == nullptr) continue;
        EXPECT_EQ(content->identity.device_identity(), device) << "slot " << module.slot << " is stale";
    }
}

void PlannerWorld::expect_everything_in_place() const {
    const auto* device = content_of(desired_.device_slot);
    ASSERT_NE(device, nullptr) << "the device's slot is empty";
    EXPECT_FALSE(device->identity.module);
    for (const auto& module : desired_.modules) {
        if (failed_.contains(module.id)) continue;
        const auto* content = content_of(module.slot);
        ASSERT_NE(content, nullptr) << "slot " << module.slot << " is empty";
        EXPECT_EQ(content->identity, device->identity.module_identity(module.id));
    }
    std::set<std::string> held;
    for (const auto& [number, content] : slots_) {
        EXPECT_TRUE(held.insert(content.identity.text()).second)
            << content.identity.text() << " is in two slots";
    }
    EXPECT_TRUE(staged_.empty());
    EXPECT_TRUE(plan().empty());
}

void PlannerWorld::expect_every_key_works() const {
    EXPECT_TRUE(works(slots_.at(desired_.device_slot)));
    for (const auto& module : desired_.modules) {
        if (failed_.contains(module.id)) continue;
        EXPECT_TRUE(works(slots_.at(module.slot))) << "the hub has another key for " << module.id;
    }
}

void PlannerWorld::expect_pruned() const {
    for (const auto& [id, module] : side_of(slots_.at(desired_.device_slot).identity).modules) {
        const auto ours = created_.find(id);
        const bool desired =
            std::ranges::find(desired_.modules, id, &DesiredModule::id) != desired_.modules.end();
        EXPECT_TRUE(desired || ours == created_.end() || ours->second != module.generation)
            << id << " was not pruned";
    }
}

}  // namespace device_agent::provisioning
