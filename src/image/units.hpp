// SPDX-License-Identifier: Apache-2.0
// The systemd services of a root file system, found and overridden as systemd.unit(5) says.
#pragma once

#include "config/problem.hpp"
#include "image/facts.hpp"
#include "image/root_filesystem.hpp"

#include <vector>

namespace device_agent::image {

/// All services by name. What is wrong with [X-DeviceAgent] sections is added to `problems`.
[[nodiscard]] std::vector<Unit> read_units(const RootFilesystem& root,
                                           std::vector<config::Problem>& problems);

}  // namespace device_agent::image
