// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attestation/attestation.hpp"
#include "foundation/error.hpp"
#include "tests/fakes/fake_key_blob.hpp"

namespace device_agent::fakes {

/// A machine that answers the challenges of FakeCloud.
class FakeAttestation final : public attestation::Attestation {
public:
    [[nodiscard]] std::string kind() const override { return "tpm"; }
    [[nodiscard]] attestation::Evidence evidence() override {
        return {attestation::TpmEvidence{{0x01}, {0x02}}, std::nullopt};
    }
    [[nodiscard]] Sha256 answer(ByteView challenge, ByteView data) override {
        return hmac_sha256(key_in(attestation::parse_dps_key_blob(challenge)), data);
    }
    [[nodiscard]] std::optional<attestation::DeviceKey> device_key(
        const std::optional<Bytes>& granted) override {
        if (!granted) throw Error(ErrorCode::network, "DPS assigned the device without a key for its TPM");
        return attestation::parse_dps_key_blob(*granted);
    }
};

}  // namespace device_agent::fakes
