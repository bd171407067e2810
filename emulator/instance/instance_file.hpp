// SPDX-License-Identifier: Apache-2.0
// The file instance.json of a data directory.
#pragma once

#include "emulator/instance/data_directory.hpp"

namespace emulator::instance {

/// With new keys for the policies that each service has by default.
[[nodiscard]] Instance new_instance(const std::vector<std::string>& hubs);

[[nodiscard]] device_agent::SecretText serialize(const Instance& instance);
/// Throws Error{state} for a text that serialize() did not write.
[[nodiscard]] Instance parse_instance(const std::string& text);

}  // namespace emulator::instance
