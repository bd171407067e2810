// SPDX-License-Identifier: Apache-2.0
// JSON with comments into a document with places. Hostile input ends in problems, never in a crash.
#pragma once

#include "config/document.hpp"
#include "config/problem.hpp"

#include <string_view>

namespace device_agent::config {

/// A configuration file larger than this is refused.
inline constexpr std::size_t largest_file = 1U << 20U;
/// Objects and lists may be nested this deep.
inline constexpr std::size_t deepest_nesting = 64;

/// The document, or nothing when the text is not JSON; what is wrong is added to `problems`. A key that an
/// object has twice is a problem, and the first value stays.
[[nodiscard]] std::optional<Node> parse(const std::string& file, std::string_view text,
                                        std::vector<Problem>& problems);

}  // namespace device_agent::config
