// SPDX-License-Identifier: Apache-2.0
// The operations of the services by the names under which a fault can be set for them.
#pragma once

#include "emulator/record/traffic_record.hpp"

#include <string_view>
#include <vector>

namespace emulator::faults {

/// "poll", "putModule"; empty for a request that has no name here: only a fault for the whole service meets
/// it.
[[nodiscard]] std::string_view operation_of(record::Service service, const http::Request& request);

/// Those of one service, in the order in which a device meets them.
[[nodiscard]] std::vector<std::string_view> operations_of(record::Service service);

}  // namespace emulator::faults
