// SPDX-License-Identifier: Apache-2.0
// The topics of the Device Provisioning Service.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace emulator::mqtt {

/// $dps/registrations/PUT/iotdps-register/?$rid={rid}
struct Register {
    std::string request_id;
};
/// $dps/registrations/GET/iotdps-get-operationstatus/?$rid={rid}&operationId={id}
struct GetOperation {
    std::string request_id;
    std::string operation_id;
};

/// Throws FormatError for every other topic.
[[nodiscard]] std::variant<Register, GetOperation> parse_dps_topic(std::string_view topic);

constexpr std::string_view dps_response_filter = "$dps/registrations/res/#";

[[nodiscard]] std::string dps_response_topic(int status, const std::string& request_id,
                                             std::optional<std::string_view> retry_after);

}  // namespace emulator::mqtt
