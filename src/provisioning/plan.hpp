// SPDX-License-Identifier: Apache-2.0
// What is wanted, what is found, and what must be done about the difference. Pure: same input, same plan, no
// I/O. First boot, an added application, a crash in the middle and a changed configuration are all this one
// comparison.
#pragma once

#include "identity/slot_store.hpp"
#include "provisioning/binding.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace device_agent::provisioning {

struct DesiredModule {
    std::string id;
    unsigned slot = 0;
};

struct Desired {
    Binding binding;
    unsigned device_slot = 0;
    std::vector<DesiredModule> modules;  ///< the agent's own included; no slot and no id twice
};

struct Found {
    std::vector<identity::Slot> slots;  ///< each slot that the configuration names
    std::optional<Binding>
        binding;  ///< what the device's identity was assigned for; nothing when no record tells
    bool device_refused = false;  ///< the hub has just refused the device's identity
};

/// Get the device's identity from DPS and keep it in the slot.
struct RegisterDevice {
    unsigned slot = 0;
    std::string why;
};
/// Have the module in the hub (it is created where it does not exist) and keep its key in the slot.
struct ObtainModule {
    std::string module;
    unsigned slot = 0;
    std::string why;
};
/// Let content that was staged before an interruption take its slot.
struct FinishSlot {
    unsigned slot = 0;
    identity::Identity identity;
};
/// Forget staged content that is no longer wanted.
struct DiscardStaged {
    unsigned slot = 0;
    identity::Identity identity;
};
using Action = std::variant<RegisterDevice, ObtainModule, FinishSlot, DiscardStaged>;

struct Plan {
    std::vector<Action> actions;  ///< in the order in which they are applied
    std::vector<std::string>
        obstacles;  ///< wanted slots that hold somebody else's things: nothing may be applied

    [[nodiscard]] bool empty() const noexcept { return actions.empty() && obstacles.empty(); }
};

/// When the device must register first, the actions for modules are those that are certain already; the rest
/// follows from looking again.
[[nodiscard]] Plan make_plan(const Desired& desired, const Found& found);

/// One line for people.
[[nodiscard]] std::string describe(const Action& action);

}  // namespace device_agent::provisioning
