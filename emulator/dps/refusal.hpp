// SPDX-License-Identifier: Apache-2.0
// How the Device Provisioning Service says no.
#pragma once

#include "emulator/http/message.hpp"
#include "foundation/clock.hpp"

#include <stdexcept>

namespace emulator::dps {

/// The service's error codes: the HTTP status times 1000, and a sub code. Only the status of each is
/// documented; the sub codes are those that are seen in the field.
enum class RefusalCode {
    bad_request = 400004,
    unauthorized = 401002,
    not_found = 404001,
    enrollment_not_found = 404201,
    method_not_allowed = 405001,
    already_exists = 409001,
    precondition_failed = 412001,
    body_too_large = 413001,
    unsupported_media_type = 415001,
    internal_error = 500001,
};

/// Thrown by whatever finds out; translated once, at the API's edge.
class Refusal : public std::runtime_error {
public:
    /// `message` goes to the client; `reason` to the record of requests only, for what the service does not
    /// tell.
    Refusal(RefusalCode code, const std::string& message, const std::string& reason = "");

    [[nodiscard]] RefusalCode code() const noexcept { return code_; }
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

private:
    RefusalCode code_;
    std::string reason_;
};

/// A 401, which tells the client nothing more: `reason` is for the record.
[[nodiscard]] Refusal unauthorized(const std::string& reason);

/// ProvisioningServiceErrorDetails, and the header x-ms-error-code.
[[nodiscard]] http::Response refuse(const Refusal& refusal, device_agent::WallTime now);

/// A time as the service writes it: "2024-01-01T00:00:00.0000000Z".
[[nodiscard]] std::string format_time(device_agent::WallTime time);

}  // namespace emulator::dps
