// SPDX-License-Identifier: Apache-2.0
#include "provisioning/plan.hpp"

#include <algorithm>

namespace device_agent::provisioning {
namespace {

using identity::Identity;
using identity::Slot;

const Slot& slot_of(const Found& found, unsigned number) {
    static const Slot none;
    const auto at = std::ranges::find(found.slots, number, &Slot::number);
    return at == found.slots.end() ? none : *at;
}

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

std::string why_not_filled(const Slot& slot) {
    switch (slot.state) {
        case Slot::State::empty:
            return "the slot is empty";
        case Slot::State::unfinished:
            return "the slot is unfinished";
        case Slot::State::filled:
            return "the slot holds " + slot.identity->text();
        case Slot::State::foreign:
            break;
    }
    return slot.remark;
}

// Why the device must register; empty when its slot holds what is wanted.
std::string why_register(const Desired& desired, const Found& found, const Slot& slot) {
    if (found.device_refused) return "the hub refuses the identity in the slot";
    if (slot.state != Slot::State::filled) return why_not_filled(slot);
    if (slot.identity->module) return "the slot holds the module " + slot.identity->text();
    return found.binding ? difference(desired.binding, *found.binding) : std::string();
}

class Planner {
public:
    Planner(const Desired& desired, const Found& found) : desired_(desired), found_(found) {}

    Plan make() {
        const auto device = plan_device();
        for (const auto& module : desired_.modules)
            plan_module(module, device);
        return std::move(plan_);
    }

private:
    // Returns the device's identity as it will be, nothing while only DPS knows it.
    std::optional<Identity> plan_device() {
        const auto& slot = slot_of(found_, desired_.device_slot);
        if (blocked(slot, desired_.device_slot)) return std::nullopt;
        if (slot.staged && !slot.staged->module && !found_.device_refused) {
            plan_.actions.emplace_back(FinishSlot{desired_.device_slot, *slot.staged});
            return slot.staged;
        }
        if (slot.staged) plan_.actions.emplace_back(DiscardStaged{desired_.device_slot, *slot.staged});
        if (auto why = why_register(desired_, found_, slot); !why.empty()) {
            plan_.actions.emplace_back(RegisterDevice{desired_.device_slot, std::move(why)});
            return std::nullopt;
        }
        return slot.identity;
    }

    void plan_module(const DesiredModule& module, const std::optional<Identity>& device) {
        const auto& slot = slot_of(found_, module.slot);
        if (blocked(slot, module.slot)) return;
        if (!device) {
            plan_module_before_its_device(module, slot);
            return;
        }
        const auto wanted = device->module_identity(module.id);
        if (slot.staged == wanted) {
            plan_.actions.emplace_back(FinishSlot{module.slot, wanted});
            return;
        }
        if (slot.staged) plan_.actions.emplace_back(DiscardStaged{module.slot, *slot.staged});
        if (slot.identity != wanted)
            plan_.actions.emplace_back(ObtainModule{module.id, module.slot, why_not_filled(slot)});
    }

    // What the slot holds may fit the device that DPS is about to name: that is seen when looking again.
    void plan_module_before_its_device(const DesiredModule& module, const Slot& slot) {
        const bool may_fit = (slot.identity && slot.identity->module == module.id) ||
                             (slot.staged && slot.staged->module == module.id);
        if (!may_fit) plan_.actions.emplace_back(ObtainModule{module.id, module.slot, why_not_filled(slot)});
    }

    bool blocked(const Slot& slot, unsigned number) {
        if (slot.state != Slot::State::foreign) return false;
        plan_.obstacles.push_back("slot " + std::to_string(number) + " cannot be used: " + slot.remark);
        return true;
    }

    const Desired& desired_;
    const Found& found_;
    Plan plan_;
};

struct Describe {
    std::string operator()(const RegisterDevice& action) const {
        return "register the device with DPS and keep its identity in slot " + std::to_string(action.slot) +
               " (" + action.why + ")";
    }
    std::string operator()(const ObtainModule& action) const {
        return "have module '" + action.module + "' in the hub and keep its identity in slot " +
               std::to_string(action.slot) + " (" + action.why + ")";
    }
    std::string operator()(const FinishSlot& action) const {
        return "finish slot " + std::to_string(action.slot) + " with " + action.identity.text() +
               " (it was interrupted)";
    }
    std::string operator()(const DiscardStaged& action) const {
        return "forget " + action.identity.text() + ", which waits for slot " + std::to_string(action.slot) +
               " (no longer wanted)";
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
