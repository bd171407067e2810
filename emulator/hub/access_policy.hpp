// SPDX-License-Identifier: Apache-2.0
// The shared access policies of a hub, and what each may do.
#pragma once

#include <array>
#include <string_view>

namespace emulator::hub {

enum class Right : unsigned {
    registry_read = 1U << 0U,
    registry_write = 1U << 1U,
    service_connect = 1U << 2U,
    device_connect = 1U << 3U,
};

/// The five policies that a new hub has.
inline constexpr std::array<std::string_view, 5> policy_names{"iothubowner", "service", "device",
                                                              "registryRead", "registryReadWrite"};

/// False for an unknown policy.
[[nodiscard]] bool policy_grants(std::string_view policy, Right right);

}  // namespace emulator::hub
