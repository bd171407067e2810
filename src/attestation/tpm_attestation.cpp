// SPDX-License-Identifier: Apache-2.0
#include "attestation/tpm_attestation.hpp"

#include "attestation/dps_key_blob.hpp"
#include "foundation/error.hpp"

#include <utility>

namespace device_agent::attestation {

Evidence TpmAttestation::evidence() {
    auto keys = tpm_.with([](tpm::Sequence& sequence) { return sequence.ensure_primary_keys(); });
    return {TpmEvidence{std::move(keys.endorsement_key), std::move(keys.storage_root_key)}, std::nullopt};
}

Sha256 TpmAttestation::answer(ByteView challenge, ByteView data) {
    const tpm::CredentialedKey key = parse_dps_key_blob(challenge);
    return tpm_.with([&](tpm::Sequence& sequence) {
        const SecretBytes no_auth;
        return sequence.hmac(sequence.import_key(key, no_auth), data, no_auth);
    });
}

std::optional<DeviceKey> TpmAttestation::device_key(const std::optional<Bytes>& granted) {
    if (!granted) {
        throw Error(ErrorCode::network,
                    "DPS assigned the device without a key for its TPM: check that the enrollment is by TPM");
    }
    return parse_dps_key_blob(*granted);
}

}  // namespace device_agent::attestation
