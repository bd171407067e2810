// SPDX-License-Identifier: Apache-2.0
// The port between "which machine is this" and whoever asks. It knows no transport: the evidence goes out, a
// challenge may come back, and its answer is a signature.
#pragma once

#include "foundation/bytes.hpp"
#include "foundation/digest.hpp"
#include "foundation/secret.hpp"
#include "tpm/tpm.hpp"

#include <optional>
#include <string>
#include <variant>

namespace device_agent::attestation {

/// TPM2B_PUBLIC of both primary keys, with their two-byte sizes: what the service makes its challenge for.
struct TpmEvidence {
    Bytes endorsement_key;
    Bytes storage_root_key;
};

/// What a registration shows. Attestation by X.509 shows nothing here: its evidence is the connection.
struct Evidence {
    std::optional<TpmEvidence> tpm;
    /// Attestation by symmetric key: signs every request, the first one included.
    std::optional<SecretBytes> symmetric_key;
};

/// The key that proves the device to its hub: in clear, or duplicated to this TPM.
using DeviceKey = std::variant<SecretBytes, tpm::CredentialedKey>;

class Attestation {
public:
    Attestation() = default;
    Attestation(const Attestation&) = delete;
    Attestation& operator=(const Attestation&) = delete;
    virtual ~Attestation() = default;

    /// "tpm", "x509" or "symmetricKey": the words of the enrollment and of the configuration.
    [[nodiscard]] virtual std::string kind() const = 0;

    /// May write to the TPM: its primary keys are made persistent where they are absent.
    [[nodiscard]] virtual Evidence evidence() = 0;

    /// HMAC-SHA256 of `data` by the key inside the service's challenge. The key is used for this one answer
    /// and is kept nowhere. Throws Error{tpm} when the challenge is malformed or was made for another
    /// machine, Error{refused} when this kind of attestation has no challenge.
    [[nodiscard]] virtual Sha256 answer(ByteView challenge, ByteView data) = 0;

    /// What the assigned device proves itself to its hub with; nothing where that is its certificate.
    /// `granted` is the authenticationKey of DPS's answer, if it had one. Throws Error{network} when it is
    /// needed and missing or malformed.
    [[nodiscard]] virtual std::optional<DeviceKey> device_key(const std::optional<Bytes>& granted) = 0;
};

}  // namespace device_agent::attestation
