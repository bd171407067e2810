// SPDX-License-Identifier: Apache-2.0
// Attestation by the endorsement key of a TPM 2.0.
#pragma once

#include "attestation/attestation.hpp"
#include "foundation/secret.hpp"
#include "tpm/tpm.hpp"

namespace device_agent::attestation {

class TpmAttestation final : public Attestation {
public:
    /// `tpm` must outlive this, and is used by one thread at a time.
    explicit TpmAttestation(tpm::Tpm& tpm) noexcept : tpm_(tpm) {}

    [[nodiscard]] std::string kind() const override { return "tpm"; }
    [[nodiscard]] Evidence evidence() override;
    [[nodiscard]] Sha256 answer(ByteView challenge, ByteView data) override;

    /// The device key of an assignment, which DPS wraps as it wraps its challenge: it is never seen in clear.
    /// `auth`, when not empty, becomes its auth value. Throws Error{tpm} as parse_dps_key_blob() and the TPM
    /// do.
    [[nodiscard]] tpm::WrappedKey import_device_key(ByteView blob, const SecretBytes& auth);

private:
    tpm::Tpm& tpm_;
};

}  // namespace device_agent::attestation
