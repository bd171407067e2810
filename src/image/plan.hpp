// SPDX-License-Identifier: Apache-2.0
// Which application gets which slot. A pure function: the same input gives the same plan.
#pragma once

#include "image/application.hpp"
#include "image/lock.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace device_agent::image {

/// What the configuration that is extended says of slots.
struct BaseSlots {
    unsigned device = 0;
    unsigned agent = 1;
    std::string agent_module = "dmModule";
    std::map<std::string, unsigned> modules;  ///< written by hand: no other application gets these slots

    [[nodiscard]] bool agent_uses_device_twin() const noexcept { return device == agent; }
};

struct PlanOptions {
    std::set<std::string> include;  ///< candidates to plan, by name; the lock remembers them
    bool all_candidates = false;
    std::set<std::string>
        forget;  ///< candidates not to be planned, and removed applications, whose slot is free again
    unsigned first_slot = 0;  ///< new applications get slots of this range
    unsigned last_slot = 50;
};

struct Assignment {
    Application application;
    std::optional<unsigned> slot;  ///< nothing: it uses the device identity
    bool is_new = false;           ///< the lock did not have it
};

struct Plan {
    std::vector<Assignment>
        assignments;  ///< in the order of their slots; the one on the device identity first
    std::vector<Application> not_planned;  ///< candidates that nobody chose
    Lock lock;                             ///< to be kept until the next time
    std::vector<std::string> notes;        ///< what somebody should know, in sentences
};

/// An application that the lock knows keeps its slot, whatever else changes; one that is gone keeps it too,
/// until it is forgotten or no other slot is left. New ones get the lowest free slots, by priority and name.
/// Throws config::ConfigurationError with every conflict.
[[nodiscard]] Plan plan(const std::vector<Application>& applications, const Lock& lock, const BaseSlots& base,
                        const PlanOptions& options);

}  // namespace device_agent::image
