// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/bytes.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace emulator::dps {

/// The body of a register or a status request. Keys are decoded from base64, and not looked into.
struct DeviceRegistration {
    struct Tpm {
        device_agent::Bytes endorsement_key;
        device_agent::Bytes storage_root_key;
    };
    std::optional<std::string> registration_id;
    std::optional<Tpm> tpm;
    nlohmann::json payload{};  ///< for custom allocation; null when there is none
};

/// Throws FormatError that names the member.
[[nodiscard]] DeviceRegistration parse_device_registration(std::string_view body);

}  // namespace emulator::dps
