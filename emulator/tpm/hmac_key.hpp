// SPDX-License-Identifier: Apache-2.0
// An HMAC-SHA256 key as a TPM object, and its duplicate for another TPM.
#pragma once

#include "foundation/bytes.hpp"
#include "foundation/secret.hpp"

namespace emulator::tpm {

/// An object that does not exist in a TPM yet: what it will sign with, and the seed that obfuscates its
/// public area.
struct HmacKey {
    device_agent::SecretBytes key;          ///< 16 to 64 bytes
    device_agent::SecretBytes object_seed;  ///< 32 bytes: the size of its nameAlg

    /// TPMT_PUBLIC: KEYEDHASH, HMAC with SHA-256, userWithAuth | noDA | sign, empty policy. It may be
    /// imported and not exported again, since TPM2_Import sets its parent.
    [[nodiscard]] device_agent::Bytes public_area() const;
};

/// The TPM2B_PRIVATE, with its size, that TPM2_Duplicate would make of `key` with an inner wrapper
/// (`inner_key`, 16 bytes) and an outer one (`seed`, 32 bytes, itself sent under the new parent). The auth
/// value is empty. Source: TPM 2.0 Library, part 1, section 23.3; part 3, TPM2_Import.
[[nodiscard]] device_agent::Bytes duplicate(const HmacKey& key, device_agent::ByteView inner_key,
                                            device_agent::ByteView seed);

}  // namespace emulator::tpm
