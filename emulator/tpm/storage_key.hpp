// SPDX-License-Identifier: Apache-2.0
// The public area of an endorsement key or a storage root key, as a device sends it.
#pragma once

#include "foundation/bytes.hpp"

namespace emulator::tpm {

/// An RSA-2048 key with nameAlg SHA-256 that protects other objects by AES-128-CFB: the only kind of
/// endorsement key and storage root key that DPS is known to take.
struct StorageKey {
    device_agent::Bytes name;     ///< nameAlg and digest of TPMT_PUBLIC: 34 bytes
    device_agent::Bytes modulus;  ///< 256 bytes, big-endian; the exponent is 65537
};

/// Parses a TPM2B_PUBLIC with its two-byte size, and nothing behind it. Throws FormatError, naming the field,
/// for anything but a restricted decryption key of the kind above that is fixed to its TPM. Source: TPM 2.0
/// Library, part 2, section 12.2 (TPMT_PUBLIC).
[[nodiscard]] StorageKey parse_storage_key(device_agent::ByteView tpm2b_public);

}  // namespace emulator::tpm
