// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/dps/enrollment.hpp"
#include "emulator/dps/registration_store.hpp"
#include "emulator/hub/registry.hpp"

namespace emulator::dps {

struct Assignment {
    hub::Identity device;
    std::string substatus;
};

/// Gives an attested machine its device: at the enrollment's hub, else at the one that it has, else at the
/// first linked one. A device that is there is kept, with its keys, modules and twin. When the hub has
/// changed and the policy lets it move, the device is removed from the old hub with its modules, and made
/// anew at the new one. Nothing when the hub is not linked. The caller commits.
[[nodiscard]] std::optional<Assignment> assign(store::Transaction& transaction, const hub::Registry& registry,
                                               const Enrollment& enrollment,
                                               const std::optional<Registration>& previous,
                                               const std::vector<std::string>& linked_hubs,
                                               device_agent::WallTime now);

}  // namespace emulator::dps
