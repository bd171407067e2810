// SPDX-License-Identifier: Apache-2.0
// What an operator enrolls a machine with: what a factory line scans.
#pragma once

#include "foundation/bytes.hpp"

#include <string>

namespace device_agent::attestation {

struct EnrollmentInfo {
    std::string registration_id;
    /// The word of the enrollment, as Attestation::kind() says it.
    std::string attestation;
    /// TPM2B_PUBLIC with its two-byte size; it is printed as base64 of the standard alphabet.
    Bytes endorsement_key;
};

/// For people: a line for each value.
[[nodiscard]] std::string to_text(const EnrollmentInfo& info);
/// A JSON array of one individual enrollment, as the service SDKs' bulk operations take it.
[[nodiscard]] std::string to_json(const EnrollmentInfo& info);
/// The same in one line, for a QR code.
[[nodiscard]] std::string to_compact_json(const EnrollmentInfo& info);
/// `registrationId,attestation,endorsementKey` and one row (RFC 4180, without the carriage returns).
[[nodiscard]] std::string to_csv(const EnrollmentInfo& info);

}  // namespace device_agent::attestation
