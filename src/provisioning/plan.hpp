// SPDX-License-Identifier: Apache-2.0
// What is wanted, what is found, and what must be done about the difference. Pure: same input, same plan, no
// I/O. First boot, an added application, a crash in the middle, a moved hub and a deleted device are all this
// one comparison.
#pragma once

#include "identity/slot_store.hpp"
#include "provisioning/binding.hpp"

#include <map>
#include <optional>
#include <set>
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
    bool register_anew = false;          ///< register with DPS even though the slots are good
    bool prune = false;                  ///< remove the modules that we created and nobody wants any more
};

/// What the hub says of a wanted module.
enum class HubModule {
    absent,
    same_key,   ///< the key in its slot is one of its keys
    other_key,  ///< its keys were regenerated, or the slot's key is damaged
};

struct Found {
    std::vector<identity::Slot>
        slots;  ///< each slot that holds something, and each that the configuration names
    std::optional<Binding>
        binding;  ///< what the device's identity was assigned for; nothing when no record tells
    std::optional<Binding> staged_binding = {};               ///< what a staged device was assigned for
    std::map<std::string, std::string> created_modules = {};  ///< by us, with their generation ids
    bool device_accepted = false;               ///< the hub has just accepted the device's identity
    bool device_refused = false;                ///< the hub has just refused the device's identity
    std::map<std::string, HubModule> hub = {};  ///< by module id; empty while the hub was not asked
    std::set<std::string> failed_modules = {};  ///< the hub has just refused these: the others go on
    std::string device = {};         ///< "hub/device" that `binding` was assigned to; empty when not recorded
    std::string staged_device = {};  ///< the same of `staged_binding`
};

/// Get the device's identity from DPS; it is staged for the slot.
struct RegisterDevice {
    unsigned slot = 0;
    std::string why;
};
/// Have the module in the hub (it is created where it does not exist); its key is staged for the slot.
struct ObtainModule {
    std::string module;
    unsigned slot = 0;
    std::string why;
};
/// Let staged content take its slot.
struct TakeSlot {
    unsigned slot = 0;
    identity::Identity identity;
};
/// Forget staged content that is no longer wanted.
struct DiscardStaged {
    unsigned slot = 0;
    identity::Identity identity;
};
/// Empty a slot whose identity is in another one, where it is wanted (or was first, when nobody wants it).
struct EraseSlot {
    unsigned slot = 0;
    identity::Identity identity;
    unsigned home = 0;
};
/// Empty the slot of a module that cannot be had, and that holds an identity of a device that this one is no
/// more: its hub would not let it in, and nobody shall be given it.
struct DropStale {
    unsigned slot = 0;
    identity::Identity identity;
    identity::Identity device;  ///< what this device is now
};
/// Remove a module that we created from the hub, and from its slots.
struct PruneModule {
    std::string module;
    std::string generation_id;
    std::vector<unsigned> slots;
};
using Action =
    std::variant<DiscardStaged, RegisterDevice, ObtainModule, DropStale, TakeSlot, EraseSlot, PruneModule>;

struct Plan {
    /// In order. Only the leading actions of one kind are applied before looking again; the later ones are
    /// what will follow as far as it is certain already.
    std::vector<Action> actions;
    std::vector<std::string>
        obstacles;  ///< wanted slots that hold somebody else's things: nothing may be applied

    [[nodiscard]] bool empty() const noexcept { return actions.empty() && obstacles.empty(); }
};

/// Everything new is staged before anything takes its slot, so that the slots change together: an application
/// never sees half of a move for longer than the moves take.
[[nodiscard]] Plan make_plan(const Desired& desired, const Found& found);

/// One line for people.
[[nodiscard]] std::string describe(const Action& action);

}  // namespace device_agent::provisioning
