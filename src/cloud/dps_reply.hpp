// SPDX-License-Identifier: Apache-2.0
// What DPS answers, as values. Every byte is hostile until it is parsed.
// Shapes: the RegistrationOperationStatus of the DPS device API, version 2021-06-01.
#pragma once

#include "foundation/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace device_agent::cloud {

/// What DPS granted.
struct Assignment {
    std::string hub;  ///< host name of the IoT hub
    std::string device_id;
    std::string substatus;  ///< "initialAssignment", "deviceDataMigrated", …; empty when DPS gave none
    std::optional<Bytes> authentication_key;  ///< TPM attestation: the device key, wrapped for this TPM
    std::string payload;  ///< JSON text of the custom allocation's payload, empty when there is none
};

struct RegistrationOperation {
    enum class Status { unassigned, assigning, assigned, failed, disabled };
    Status status = Status::assigning;
    std::string operation_id;
    std::optional<Assignment> assignment;  ///< when assigned
    std::string failure;                   ///< when failed: DPS's error code and message
};

/// The answer to a registration or a poll. Throws Error{network} that names what is missing or wrong.
[[nodiscard]] RegistrationOperation parse_registration_operation(std::string_view body);

/// The key inside a 401 that is the TPM's challenge; nothing when the 401 is a refusal.
[[nodiscard]] std::optional<Bytes> parse_tpm_challenge(std::string_view body);

/// "401002: Unauthorized" from an error body, or its beginning when it is no such body.
[[nodiscard]] std::string describe_dps_error(std::string_view body);

}  // namespace device_agent::cloud
