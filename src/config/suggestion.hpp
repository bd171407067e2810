// SPDX-License-Identifier: Apache-2.0
// "Did you mean …?"
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace device_agent::config {

/// The candidate that is so near to `name` that a slip explains it: few letters added, left out, changed or
/// swapped, capitals not counted. Nothing when none is.
[[nodiscard]] std::optional<std::string_view> closest(std::string_view name,
                                                      const std::vector<std::string_view>& candidates);

}  // namespace device_agent::config
