// SPDX-License-Identifier: Apache-2.0
// How this device attests, made from the configuration.
#pragma once

#include "attestation/attestation.hpp"
#include "attestation/client_certificate.hpp"
#include "attestation/enrollment_info.hpp"
#include "config/configuration.hpp"
#include "foundation/clock.hpp"
#include "tpm/tpm.hpp"

#include <memory>
#include <optional>
#include <string>

namespace device_agent::operations {

/// `tpm` is null where the configuration needs none. Throws Error{configuration} when a file or a placeholder
/// does not give what it should, or when the registration id is not the certificate's common name.
[[nodiscard]] attestation::EnrollmentInfo enrollment_info(const config::Configuration& configuration,
                                                          tpm::Tpm* tpm);

/// `tpm` must outlive it.
[[nodiscard]] std::unique_ptr<attestation::Attestation> make_attestation(
    const config::Configuration& configuration, const std::string& registration_id, tpm::Tpm* tpm);

/// What the device shows to DPS and to its hub; nothing when it does not attest by a certificate. `tpm` is
/// null where identities are kept in files. Throws Error{configuration}, Error{tpm}.
[[nodiscard]] std::optional<attestation::ClientCertificate> client_certificate(
    const config::Configuration& configuration, const tpm::Tpm* tpm, Clock& clock);

/// A digest of what is this machine's alone: its endorsement key, or the machine id where no TPM is used.
/// Empty when there is neither.
[[nodiscard]] std::string machine_digest(const attestation::EnrollmentInfo& info, tpm::Tpm* tpm);

}  // namespace device_agent::operations
