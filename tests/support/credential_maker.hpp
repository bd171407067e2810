// SPDX-License-Identifier: Apache-2.0
// The service's side of TPM attestation, for tests: wraps a key for one TPM in software, by the TPM 2.0
// Library (Part 1, sections 23 and 24: credential protection and duplication).
#pragma once

#include "foundation/bytes.hpp"
#include "tpm/tpm.hpp"

#include <array>

namespace device_agent::support {

/// What is random in a blob; tests with known answers fix it.
struct BlobSecrets {
    Bytes credential_seed;
    Bytes inner_key;
    Bytes object_seed;
    Bytes duplication_seed;

    [[nodiscard]] static BlobSecrets random();
};

/// The six fields, each with its two-byte size.
struct KeyBlob {
    std::array<Bytes, 6> fields;

    [[nodiscard]] Bytes bytes() const;
    /// Where field `number` (1 to 6) begins in bytes().
    [[nodiscard]] std::size_t offset_of(std::size_t number) const;
};

/// `key` (1 to 64 bytes) as an HMAC-SHA256 key with `auth_value`, for the TPM with these primary keys.
[[nodiscard]] KeyBlob make_key_blob(const tpm::PrimaryKeys& primary_keys, ByteView key,
                                    const BlobSecrets& secrets, ByteView auth_value = {});

/// KDFa of Part 1, section 11.4.10.2, with SHA-256.
[[nodiscard]] Bytes kdfa(ByteView key, std::string_view label, ByteView context, std::size_t bits);
/// Field 1 of the blob, with its size.
[[nodiscard]] Bytes credential_of(ByteView inner_key, ByteView seed, ByteView storage_root_key_name);
/// Field 5 of the blob, with its size.
[[nodiscard]] Bytes public_area_of(ByteView key, ByteView object_seed);
/// Field 3 of the blob, with its size.
[[nodiscard]] Bytes duplicate_of(ByteView key, ByteView auth_value, const BlobSecrets& secrets);
/// SHA-256 name of a TPM2B_PUBLIC.
[[nodiscard]] Bytes name_of(ByteView public_area);

}  // namespace device_agent::support
