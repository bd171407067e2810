// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace device_agent::config {

/// "0x81000100" as a number. The text was validated: 0x and 8 hexadecimal digits.
[[nodiscard]] inline std::uint32_t parse_handle(std::string_view text) {
    return static_cast<std::uint32_t>(std::stoul(std::string(text), nullptr, 16));
}

}  // namespace device_agent::config
