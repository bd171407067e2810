// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app_api/agent.hpp"
#include "config/configuration.hpp"
#include "daemon/slot_changes.hpp"

#include <vector>

namespace device_agent::daemon {

/// What applications may get of these slots. A slot that holds another identity than the wanted one is not
/// served, and neither is the agent's own identity.
[[nodiscard]] app_api::ViewPointer make_view(const config::Configuration& configuration,
                                             const std::vector<identity::Slot>& slots,
                                             const SlotChanges& changes);

}  // namespace device_agent::daemon
