// SPDX-License-Identifier: Apache-2.0
// What requests, connections and events have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace emulator::record {

using ConnectionNumber = std::uint64_t;

/// Which of the emulator's services something was for.
enum class Service { dps_device, dps_service, hub, control };
[[nodiscard]] std::string_view to_text(Service service);
[[nodiscard]] std::optional<Service> parse_service(std::string_view text);

}  // namespace emulator::record
