// SPDX-License-Identifier: Apache-2.0
#include "provisioning/plan.hpp"

#include <algorithm>

namespace device_agent::provisioning {
namespace {

using identity::Identity;
using identity::Slot;

// Why the binding that the device was assigned for is not the wanted one; empty when it is.
std::string difference(const Binding& wanted, const Binding& recorded) {
    const auto changed = [](const char* key, const std::string& from, const std::string& to) {
        return std::string(key) + " changed from '" + from + "' to '" + to + "'";
    };
    if (wanted.endpoint != recorded.endpoint) return changed("dpsUri", recorded.endpoint, wanted.endpoint);
    if (wanted.id_scope != recorded.id_scope)
        return changed("dpsScopeId", recorded.id_scope, wanted.id_scope);
    if (wanted.registration_id != recorded.registration_id) {
        return changed("the registration id", recorded.registration_id, wanted.registration_id);
    }
    if (wanted.attestation != recorded.attestation) {
        return changed("the attestation", recorded.attestation, wanted.attestation);
    }
    return {};
}

constexpr const char* copy_is_doubtful =
    "another slot holds the same identity, and one of the keys may be an older one";

std::string why_not_filled(const Slot& slot) {
    switch (slot.state) {
        case Slot::State::empty:
            return "the slot is empty";
        case Slot::State::filled:
            return "the slot holds " + slot.identity->text();
        case Slot::State::unfinished:
        case Slot::State::foreign:
            break;
    }
    return slot.remark;
}

class Planner {
public:
    Planner(const Desired& desired, const Found& found) : desired_(desired), found_(found) {}

    Plan make() {
        find_obstacles();
        const auto device = plan_device();
        for (const auto& module : desired_.modules)
            plan_module(module, device);
        if (!device || !plan_.actions.empty()) return std::move(plan_);
        drop_stale(*device);
        plan_takes(*device);
        if (plan_.actions.empty()) plan_erasures(*device);
        // Late: what waits for the wrong slot may be the only copy of an identity that is wanted in another.
        if (plan_.actions.empty()) plan_discards();
        if (plan_.actions.empty() && desired_.prune) plan_pruning(*device);
        return std::move(plan_);
    }

private:
    [[nodiscard]] const Slot& slot_of(unsigned number) const {
        static const Slot none;
        const auto at = std::ranges::find(found_.slots, number, &Slot::number);
        return at == found_.slots.end() ? none : *at;
    }

    void find_obstacles() {
        std::vector<unsigned> wanted{desired_.device_slot};
        for (const auto& module : desired_.modules)
            wanted.push_back(module.slot);
        for (const auto number : wanted) {
            const auto& slot = slot_of(number);
            if (slot.state != Slot::State::foreign) continue;
            plan_.obstacles.push_back("slot " + std::to_string(number) + " cannot be used: " + slot.remark);
        }
    }

    // Why the device must register; empty when its slot holds what is wanted.
    [[nodiscard]] std::string why_register(const Slot& slot) const {
        if (desired_.register_anew) return "asked for";
        if (found_.device_refused) return "the hub refuses the identity in the slot";
        if (slot.state == Slot::State::empty && found_.binding) {
            return "the slot is empty although this device was provisioned before: the TPM was cleared, or "
                   "the slot was erased";
        }
        if (slot.state != Slot::State::filled) return why_not_filled(slot);
        if (slot.identity->module) return "the slot holds the module " + slot.identity->text();
        if (found_.binding) {
            if (auto changed = difference(desired_.binding, *found_.binding); !changed.empty())
                return changed;
        }
        if (is_another_device(*slot.identity)) {
            return "the slot holds " + slot.identity->text() + ", and this device was assigned " +
                   found_.device;
        }
        if (desired_.binding.attestation == attests_by_certificate &&
            slot.place != identity::KeyPlace::certificate)
            return "the slot holds a key, and the device attests by a certificate";
        return !found_.device_accepted && has_copy(slot) ? copy_is_doubtful : "";
    }

    // An older identity of this device, in a slot that the configuration did not name for a while. What was
    // staged counts, too: it may have taken the slot just before the record could be written.
    [[nodiscard]] bool is_another_device(const Identity& device) const {
        const auto text = device.text();
        return !found_.device.empty() && text != found_.device && text != found_.staged_device;
    }

    // An interrupted move has left the identity in two slots: one of the keys may be an older one, and only
    // the service can tell which. It is asked before anything takes the slot of the other.
    [[nodiscard]] bool has_copy(const Slot& slot) const {
        return std::ranges::any_of(found_.slots, [&](const Slot& other) {
            return other.number != slot.number && other.identity == slot.identity;
        });
    }

    // Staged by a registration for what is wanted now, and not known to be wrong.
    [[nodiscard]] bool waits_for_device_slot(const Slot& slot) const {
        return slot.staged && !slot.staged->module && found_.staged_binding == desired_.binding &&
               !found_.device_refused && !desired_.register_anew;
    }

    // Returns the device's identity as it will be, nothing while only DPS knows it.
    std::optional<Identity> plan_device() {
        const auto& slot = slot_of(desired_.device_slot);
        if (waits_for_device_slot(slot)) return slot.staged;
        auto why = why_register(slot);
        if (why.empty()) {
            // At once: it was assigned for something else, and nobody may be asked in its name.
            if (slot.staged && !slot.staged->module) discard(slot);
            return slot.identity;
        }
        plan_.actions.emplace_back(RegisterDevice{desired_.device_slot, std::move(why)});
        return std::nullopt;
    }

    void plan_module(const DesiredModule& module, const std::optional<Identity>& device) {
        if (found_.failed_modules.contains(module.id)) return;
        const auto& slot = slot_of(module.slot);
        if (!device) {
            plan_module_before_its_device(module, slot);
            return;
        }
        const auto wanted = device->module_identity(module.id);
        if (slot.staged == wanted && !is_lost(module.id)) return;
        if (auto why = why_obtain(module, slot, wanted); !why.empty()) obtain(module, std::move(why));
    }

    // The hub was asked, and does not know the key that is here.
    [[nodiscard]] bool is_lost(const std::string& module) const {
        const auto seen = found_.hub.find(module);
        return seen != found_.hub.end() && seen->second != HubModule::same_key;
    }

    [[nodiscard]] std::string why_obtain(const DesiredModule& module, const Slot& slot,
                                         const Identity& wanted) const {
        if (is_lost(module.id)) {
            return found_.hub.at(module.id) == HubModule::absent ? "the hub has no such module"
                                                                 : "the hub has another key for it";
        }
        if (slot.identity != wanted) return why_not_filled(slot);
        const bool proven = found_.hub.contains(module.id);
        return !proven && has_copy(slot) ? copy_is_doubtful : "";
    }

    // What the slot holds may fit the device that DPS is about to name: that is seen when looking again.
    void plan_module_before_its_device(const DesiredModule& module, const Slot& slot) {
        const bool may_fit = (slot.identity && slot.identity->module == module.id) ||
                             (slot.staged && slot.staged->module == module.id);
        if (!may_fit) obtain(module, why_not_filled(slot));
    }

    void obtain(const DesiredModule& module, std::string why) {
        plan_.actions.emplace_back(ObtainModule{module.id, module.slot, std::move(why)});
    }

    // Before anything takes its slot, so that no two slots ever point to two hubs for longer than the takes
    // take. The hub that refused the module has accepted the device, so the old identity is of no use.
    void drop_stale(const Identity& device) {
        for (const auto& module : desired_.modules) {
            const auto& slot = slot_of(module.slot);
            if (!found_.failed_modules.contains(module.id) || !slot.identity) continue;
            if (slot.identity->device_identity() != device)
                plan_.actions.emplace_back(DropStale{slot.number, *slot.identity, device});
        }
    }

    void plan_takes(const Identity& device) {
        const auto& device_slot = slot_of(desired_.device_slot);
        if (waits_for_device_slot(device_slot))
            plan_.actions.emplace_back(TakeSlot{desired_.device_slot, device});
        for (const auto& module : desired_.modules) {
            const auto wanted = device.module_identity(module.id);
            if (slot_of(module.slot).staged == wanted)
                plan_.actions.emplace_back(TakeSlot{module.slot, wanted});
        }
    }

    // Called when everything that is wanted has taken its slot.
    void plan_discards() {
        for (const auto& slot : found_.slots) {
            if (slot.staged) discard(slot);
        }
    }

    void discard(const Slot& slot) { plan_.actions.emplace_back(DiscardStaged{slot.number, *slot.staged}); }

    // No two slots end with one identity: all but one are emptied, and what is wanted stays where it is
    // wanted. Called when everything that is wanted has taken its slot.
    void plan_erasures(const Identity& device) {
        std::map<std::string, unsigned> homes{{device.text(), desired_.device_slot}};
        for (const auto& module : desired_.modules)
            homes.emplace(device.module_identity(module.id).text(), module.slot);
        for (const auto& slot : found_.slots) {
            if (!slot.identity) continue;
            const auto home = homes.emplace(slot.identity->text(), slot.number).first->second;
            if (slot.number != home && slot_of(home).identity == slot.identity) {
                plan_.actions.emplace_back(EraseSlot{slot.number, *slot.identity, home});
            }
        }
    }

    void plan_pruning(const Identity& device) {
        for (const auto& [id, generation] : found_.created_modules) {
            const auto& module = id;
            if (std::ranges::find(desired_.modules, module, &DesiredModule::id) != desired_.modules.end())
                continue;
            PruneModule prune{module, generation, {}};
            for (const auto& slot : found_.slots) {
                if (slot.identity == device.module_identity(module)) prune.slots.push_back(slot.number);
            }
            plan_.actions.emplace_back(std::move(prune));
        }
    }

    const Desired& desired_;
    const Found& found_;
    Plan plan_;
};

std::string slot_name(unsigned number) {
    return "slot " + std::to_string(number);
}

struct Describe {
    std::string operator()(const RegisterDevice& action) const {
        return "register the device with DPS and keep its identity in " + slot_name(action.slot) + " (" +
               action.why + ")";
    }
    std::string operator()(const ObtainModule& action) const {
        return "have module '" + action.module + "' in the hub and keep its identity in " +
               slot_name(action.slot) + " (" + action.why + ")";
    }
    std::string operator()(const TakeSlot& action) const {
        return "let " + action.identity.text() + ", which is ready, take " + slot_name(action.slot);
    }
    std::string operator()(const DiscardStaged& action) const {
        return "forget " + action.identity.text() + ", which waits for " + slot_name(action.slot) +
               " (no longer wanted)";
    }
    std::string operator()(const EraseSlot& action) const {
        return "empty " + slot_name(action.slot) + " (" + action.identity.text() + " is in " +
               slot_name(action.home) + " now)";
    }
    std::string operator()(const DropStale& action) const {
        return "empty " + slot_name(action.slot) + " (" + action.identity.text() +
               " is of no use: the device is " + action.device.text() + " now)";
    }
    std::string operator()(const PruneModule& action) const {
        return "remove module '" + action.module +
               "' from the hub (we created it, and it is no longer configured)";
    }
};

}  // namespace

Plan make_plan(const Desired& desired, const Found& found) {
    return Planner(desired, found).make();
}

std::string describe(const Action& action) {
    return std::visit(Describe{}, action);
}

}  // namespace device_agent::provisioning
