// SPDX-License-Identifier: Apache-2.0
// What an operator enrolls a machine with: what a factory line scans.
#pragma once

#include "attestation/client_certificate.hpp"
#include "foundation/bytes.hpp"

#include <string>
#include <variant>

namespace device_agent::attestation {

/// By a key: the enrollment's key is a secret, and is known where the enrollment was made.
struct SymmetricKeyInfo {};

struct EnrollmentInfo {
    std::string registration_id;
    /// TPM2B_PUBLIC of the endorsement key with its two-byte size (printed as base64 of the standard
    /// alphabet), or the certificate, or nothing to show.
    std::variant<Bytes, CertificateFacts, SymmetricKeyInfo> attestation;
};

/// For people: a line for each value.
[[nodiscard]] std::string to_text(const EnrollmentInfo& info);
/// A JSON array of one individual enrollment, as the service SDKs' bulk operations take it.
[[nodiscard]] std::string to_json(const EnrollmentInfo& info);
/// The same in one line, for a QR code.
[[nodiscard]] std::string to_compact_json(const EnrollmentInfo& info);
/// `registrationId,attestation,endorsementKey` and one row (RFC 4180, without the carriage returns). The last
/// value is empty where the device does not attest by a TPM.
[[nodiscard]] std::string to_csv(const EnrollmentInfo& info);

}  // namespace device_agent::attestation
