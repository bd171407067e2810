// SPDX-License-Identifier: Apache-2.0
// With `dpsEnabled` false somebody else fills the slots: the agent finishes what was interrupted, and looks.
#pragma once

#include "operations/device.hpp"

#include <string>
#include <vector>

namespace device_agent::operations {

/// What an interrupted `slot store` left takes its slot now; a line for each.
std::vector<std::string> finish_staged(const Device& device);

/// The slots that the configuration names and that hold no identity.
[[nodiscard]] std::vector<unsigned> empty_slots(const Device& device);

}  // namespace device_agent::operations
