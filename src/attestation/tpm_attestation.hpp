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
    [[nodiscard]] std::optional<DeviceKey> device_key(const std::optional<Bytes>& granted) override;

private:
    tpm::Tpm& tpm_;
};

}  // namespace device_agent::attestation
