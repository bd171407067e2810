// SPDX-License-Identifier: Apache-2.0
#include "tests/support/planner_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace device_agent::provisioning {
namespace {

using identity::Identity;
using identity::Slot;

constexpr unsigned slot_count = 6;
constexpr int most_rounds = 16;
const std::array<std::string, 2> hubs{"hub-1.test", "hub-2.test"};
const std::array<std::string, 4> module_names{"agent", "a", "b", "c"};

}  // namespace

PlannerWorld::PlannerWorld(unsigned seed) : random_(seed) {
    change_configuration();
}

// --- what happens to a device

void PlannerWorld::disturb() {
    auto& modules = hub_sides_[pick(2)].modules;
    const auto module = modules.find(module_names[pick(4)]);
    switch (pick(11)) {
        case 0:
        case 1:
            change_configuration();
            break;
        case 2:  // the enrollment names the other hub
            enrolled_hub_ = 1 - enrolled_hub_;
            break;
        case 3:  // the device is deleted in its hub
            hub_sides_[enrolled_hub_] = {};
            break;
        case 4:
            if (module != modules.end()) modules.erase(module);
            break;
        case 5:  // the module's key is regenerated
            if (module != modules.end()) module->second.key = ++last_key_;
            break;
        case 6:  // somebody else deletes the module and makes it again, with certificates at times
            if (module != modules.end()) {
                module->second = {++last_key_, std::to_string(last_key_), pick(2) == 0};
            }
            break;
        case 7:  // the TPM was cleared
            slots_.clear();
            unfinished_.clear();
            foreign_.clear();
            break;
        case 8:  // the state directory was lost
            staged_.clear();
            binding_.reset();
            staged_binding_.reset();
            recorded_device_.clear();
            recorded_staged_device_.clear();
            created_.clear();
            break;
        case 9:  // another program takes a slot
            if (const auto number = pick(slot_count); !slots_.contains(number)) {
                unfinished_.erase(number);
                foreign_.insert(number);
            }
            break;
        default:
            remove_obstacles();
            break;
    }
}

void PlannerWorld::remove_obstacles() {
    foreign_.clear();
    for (auto& side : hub_sides_)
        std::erase_if(side.modules, [](const auto& entry) { return !entry.second.symmetric; });
}

void PlannerWorld::change_configuration() {
    std::vector<unsigned> numbers(slot_count);
    for (unsigned i = 0; i < slot_count; ++i)
        numbers[i] = i;
    std::ranges::shuffle(numbers, random_);
    desired_ = {};
    desired_.binding = {"dps.test", "0ne1", pick(8) == 0 ? "other-id" : "id", "tpm"};
    desired_.device_slot = numbers[0];
    desired_.prune = pick(4) == 0;
    for (std::size_t i = 0; i < module_names.size(); ++i) {
        if (pick(3) != 0) desired_.modules.push_back({module_names[i], numbers[i + 1]});
    }
}

// --- looking

Found PlannerWorld::look() const {
    Found found;
    for (unsigned number = 0; number < slot_count; ++number) {
        Slot slot;
        slot.number = number;
        if (const auto* content = content_of(number)) {
            slot.state = Slot::State::filled;
            slot.identity = content->identity;
        } else if (foreign_.contains(number)) {
            slot.state = Slot::State::foreign;
            slot.remark = "it is another program's";
        } else if (unfinished_.contains(number)) {
            slot.state = Slot::State::unfinished;
            slot.remark = "the slot is unfinished";
        }
        if (const auto at = staged_.find(number); at != staged_.end()) slot.staged = at->second.identity;
        found.slots.push_back(slot);
    }
    found.binding = binding_;
    found.staged_binding = staged_binding_;
    found.created_modules = created_;
    found.device_accepted = accepted_;
    found.device_refused = refused_;
    found.hub = seen_;
    found.failed_modules = failed_;
    found.device = recorded_device_;
    found.staged_device = recorded_staged_device_;
    return found;
}

// --- what is true

const PlannerWorld::HubSide& PlannerWorld::side_of(const Identity& who) const {
    return hub_sides_[who.hub == hubs[1] ? 1 : 0];
}

const PlannerWorld::Content* PlannerWorld::content_of(unsigned slot) const {
    const auto at = slots_.find(slot);
    return at == slots_.end() ? nullptr : &at->second;
}

// The identity with which the device talks to its hub.
const PlannerWorld::Content* PlannerWorld::current_device() const {
    const auto at = staged_.find(desired_.device_slot);
    if (at != staged_.end() && !at->second.identity.module) return &at->second;
    return content_of(desired_.device_slot);
}

bool PlannerWorld::hub_accepts(const Content* device) const {
    return device != nullptr && side_of(device->identity).device_key == device->key;
}

bool PlannerWorld::works(const Content& content) const {
    const auto& side = side_of(content.identity);
    if (!content.identity.module) return side.device_key == content.key;
    const auto at = side.modules.find(*content.identity.module);
    return side.device_key && at != side.modules.end() && at->second.symmetric &&
           at->second.key == content.key;
}

bool PlannerWorld::is_wanted(const Identity& who) const {
    if (who.hub != hubs[enrolled_hub_]) return false;
    return !who.module ||
           std::ranges::find(desired_.modules, *who.module, &DesiredModule::id) != desired_.modules.end();
}

bool PlannerWorld::is_somewhere(const Content& content) const {
    const auto same = [&](const auto& entry) { return entry.second == content; };
    return std::ranges::any_of(slots_, same) || std::ranges::any_of(staged_, same);
}

bool PlannerWorld::is_twice(const Identity& who) const {
    return std::ranges::count_if(slots_, [&](const auto& entry) { return entry.second.identity == who; }) > 1;
}

// --- applying, as the provisioner does: the leading actions of one kind, then look again

bool PlannerWorld::provision(Run run) {
    steps_ = run.steps;
    changes_ = 0;
    refused_ = accepted_ = verified_ = false;
    seen_.clear();
    failed_.clear();
    desired_.register_anew = run.register_anew;
    for (int round = 0; round < most_rounds; ++round) {
        if (::testing::Test::HasFailure()) return false;
        const auto plan = this->plan();
        expect_reasons(plan);
        if (!plan.obstacles.empty()) {
            EXPECT_TRUE(std::ranges::any_of(foreign_, [&](unsigned slot) {
                return slot == desired_.device_slot ||
                       std::ranges::find(desired_.modules, slot, &DesiredModule::slot) !=
                           desired_.modules.end();
            }));
            return false;
        }
        if (!plan.empty()) {
            if (!apply_leading(plan)) return false;
            continue;
        }
        if (run.verify && !verified_) {
            if (!hub_accepts(current_device())) {
                refused_ = true;
                continue;
            }
            accepted_ = true;
            compare_with_hub();
            verified_ = true;
            continue;
        }
        binding_ = desired_.binding;
        recorded_device_ = content_of(desired_.device_slot)->identity.text();
        expect_nothing_stale();
        return true;
    }
    ADD_FAILURE() << "no end after " << most_rounds << " rounds";
    return false;
}

// One durable change. What works and is wanted is still there afterwards, in a slot or beside one.
template <typename Change>
bool PlannerWorld::step(Change change) {
    if (steps_-- == 0) return false;
    ++changes_;
    std::vector<Content> precious;
    for (const auto& [number, content] : slots_) {
        if (works(content) && is_wanted(content.identity)) precious.push_back(content);
    }
    change();
    for (const auto& content : precious) {
        EXPECT_TRUE(!works(content) || is_somewhere(content)) << content.identity.text() << " was given up";
    }
    return true;
}

bool PlannerWorld::apply_leading(const Plan& plan) {
    const auto kind = plan.actions.front().index();
    const auto* take = std::get_if<TakeSlot>(&plan.actions.front());
    if (take != nullptr && take->slot == desired_.device_slot) {
        if (!hub_accepts(current_device())) return refuse();
        accepted_ = true;
        compare_with_hub();
        const auto lost = [](const auto& seen) { return seen.second != HubModule::same_key; };
        if (std::ranges::any_of(seen_, lost)) return true;
    }
    for (const auto& action : plan.actions) {
        if (action.index() != kind) break;
        if (!std::visit([&](const auto& one) { return apply(one); }, action)) return false;
        if (refused_) break;
    }
    return true;
}

bool PlannerWorld::apply(const RegisterDevice& action) {
    auto& side = hub_sides_[enrolled_hub_];
    hub_sides_[1 - enrolled_hub_] = {};  // an enrollment that moved takes the device along
    if (!side.device_key) side.device_key = ++last_key_;
    ++changes_;
    const Content device{{hubs[enrolled_hub_], "dev", std::nullopt}, *side.device_key};
    seen_.clear();
    refused_ = accepted_ = false;
    if (staged_binding_ && !step([&] { staged_binding_.reset(); })) return false;
    if (!step([&] { staged_[action.slot] = device; })) return false;
    desired_.register_anew = false;
    return step([&] {
        staged_binding_ = desired_.binding;
        recorded_staged_device_ = device.identity.text();
    });
}

bool PlannerWorld::apply(const ObtainModule& action) {
    const auto* device = current_device();
    if (!hub_accepts(device)) return refuse();
    accepted_ = true;
    auto& modules = hub_sides_[device->identity.hub == hubs[1] ? 1 : 0].modules;
    if (!modules.contains(action.module)) {
        ++changes_;
        modules[action.module] = {++last_key_, std::to_string(last_key_)};
        created_[action.module] = std::to_string(last_key_);
    }
    if (!modules.at(action.module).symmetric) {
        failed_.insert(action.module);
        seen_.erase(action.module);
        return true;
    }
    const Content content{device->identity.module_identity(action.module), modules.at(action.module).key};
    seen_[action.module] = HubModule::same_key;
    return step([&] { staged_[action.slot] = content; });
}

// In the TPM the old content goes first.
bool PlannerWorld::apply(const TakeSlot& action) {
    EXPECT_FALSE(foreign_.contains(action.slot));
    return step([&] {
               slots_.erase(action.slot);
               unfinished_.insert(action.slot);
           }) &&
           step([&] {
               unfinished_.erase(action.slot);
               slots_[action.slot] = staged_.at(action.slot);
           }) &&
           step([&] {
               staged_.erase(action.slot);
               if (action.slot == desired_.device_slot) {
                   binding_ = std::exchange(staged_binding_, std::nullopt);
                   recorded_device_ = std::exchange(recorded_staged_device_, {});
               }
           });
}

bool PlannerWorld::apply(const DiscardStaged& action) {
    return step([&] { staged_.erase(action.slot); });
}

bool PlannerWorld::apply(const DropStale& action) {
    return step([&] { slots_.erase(action.slot); });
}

bool PlannerWorld::apply(const EraseSlot& action) {
    return step([&] { slots_.erase(action.slot); });
}

bool PlannerWorld::apply(const PruneModule& action) {
    const auto* device = current_device();
    if (!hub_accepts(device)) return refuse();
    auto& modules = hub_sides_[device->identity.hub == hubs[1] ? 1 : 0].modules;
    const auto at = modules.find(action.module);
    if (at != modules.end() && at->second.generation == action.generation_id) {
        ++changes_;
        modules.erase(at);
    }
    for (const auto slot : action.slots) {
        if (!step([&] { slots_.erase(slot); })) return false;
    }
    return step([&] { created_.erase(action.module); });
}

// The provisioner forgets a staged device that the hub refuses, and registers again.
bool PlannerWorld::refuse() {
    refused_ = true;
    const auto at = staged_.find(desired_.device_slot);
    if (at == staged_.end()) return true;
    return step([&] { staged_.erase(at); });
}

void PlannerWorld::compare_with_hub() {
    for (const auto& module : desired_.modules) {
        if (seen_.contains(module.id) || failed_.contains(module.id)) continue;
        const auto wanted = current_device()->identity.module_identity(module.id);
        const bool waits = staged_.contains(module.slot) && staged_.at(module.slot).identity == wanted;
        const auto& content = waits ? staged_.at(module.slot) : slots_.at(module.slot);
        const auto& modules = side_of(current_device()->identity).modules;
        const auto at = modules.find(module.id);
        const bool same = at != modules.end() && at->second.symmetric && at->second.key == content.key;
        seen_[module.id] = at == modules.end() ? HubModule::absent
                           : same              ? HubModule::same_key
                                               : HubModule::other_key;
    }
}

}  // namespace device_agent::provisioning
