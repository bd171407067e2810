// SPDX-License-Identifier: Apache-2.0
// What the kernel in use means for a configuration.
#pragma once

#include "config/configuration.hpp"

#include <filesystem>
#include <vector>

namespace device_agent::app_api {

/// A warning for each identity that is granted to units alone, to which nobody gets it when the kernel does
/// not say which process connected (kernel_knows_peer_process()). `file` is what the warnings name.
[[nodiscard]] std::vector<config::Problem> warn_of_unit_grants(const config::Configuration& configuration,
                                                               const std::filesystem::path& file,
                                                               bool kernel_knows_peer_process);

}  // namespace device_agent::app_api
