// SPDX-License-Identifier: Apache-2.0
// The operations of the services by the names under which a fault can be set for them.
#pragma once

#include "emulator/record/traffic_record.hpp"

#include <string_view>
#include <vector>

namespace emulator::faults {

/// Operations of MQTT that no HTTP request is.
constexpr std::string_view connect_operation = "connect";
constexpr std::string_view subscribe_operation = "subscribe";
constexpr std::string_view get_twin_operation = "getTwin";
constexpr std::string_view report_operation = "reportProperties";
/// By either protocol.
constexpr std::string_view telemetry_operation = "telemetry";
constexpr std::string_view register_operation = "register";
constexpr std::string_view poll_operation = "poll";

/// "poll", "putModule"; empty for a request that has no name here: only a fault for the whole service meets
/// it.
[[nodiscard]] std::string_view operation_of(record::Service service, const http::Request& request);

/// Those of one service, in the order in which a device meets them.
[[nodiscard]] std::vector<std::string_view> operations_of(record::Service service);

}  // namespace emulator::faults
