// SPDX-License-Identifier: Apache-2.0
// What a twin may hold, by the newest rules that Azure publishes.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string_view>

namespace emulator::hub {

inline constexpr std::size_t largest_tags = 8 * 1024;
inline constexpr std::size_t largest_properties = 32 * 1024;
inline constexpr std::size_t longest_key = 1024;
inline constexpr std::size_t longest_text = 4 * 1024;
inline constexpr int deepest_twin = 10;
inline constexpr std::int64_t largest_integer = 4'503'599'627'370'495;
inline constexpr std::int64_t smallest_integer = -4'503'599'627'370'496;

/// Keys, values and depth of a patch or a whole part of a twin; `part` names it in messages ("tags",
/// "properties.desired"). Throws FormatError.
void check_twin_values(const nlohmann::json& values, std::string_view part);

/// As the service counts: keys and texts in bytes of UTF-8 without control characters, a number as 8, a
/// truth value as 4.
[[nodiscard]] std::size_t twin_size(const nlohmann::json& values);

/// Throws FormatError when the part, after a change, is larger than `most` bytes.
void check_twin_size(const nlohmann::json& values, std::size_t most, std::string_view part);

}  // namespace emulator::hub
