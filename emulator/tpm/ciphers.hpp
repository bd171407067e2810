// SPDX-License-Identifier: Apache-2.0
// The two ciphers of the TPM's protected structures, in software (OpenSSL underneath).
#pragma once

#include "emulator/tpm/storage_key.hpp"
#include "foundation/bytes.hpp"

#include <string_view>

namespace emulator::tpm {

/// AES-128-CFB with an all-zero IV: each key is used for one message only. `key` has 16 bytes.
[[nodiscard]] device_agent::Bytes aes_cfb_encrypt(device_agent::ByteView key, device_agent::ByteView plain);

/// RSA-OAEP with SHA-256 for both hash and MGF1. `label` is given without the terminating NUL that a TPM
/// counts as part of it. Source: TPM 2.0 Library, part 1, annex B.4. Throws Error{internal} when the modulus
/// cannot be used.
[[nodiscard]] device_agent::Bytes rsa_oaep_encrypt(const StorageKey& key, std::string_view label,
                                                   device_agent::ByteView plain);

}  // namespace emulator::tpm
