// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/tpm/storage_key.hpp"
#include "foundation/bytes.hpp"
#include "foundation/secret.hpp"

#include <string_view>

namespace emulator::tpm {

/// The blob that DPS calls `authenticationKey`: an HMAC key that only the TPM which owns both keys can use.
/// Six fields follow each other, each a TPM2B: credential, its encrypted seed, duplicate, its encrypted seed,
/// public area, and `uri` ("hub/deviceId", ASCII) in UTF-16LE, encrypted with the inner key.
///
/// The duplicate goes to the storage root key; its inner key is released by TPM2_ActivateCredential for
/// (endorsement key, name of the storage root key) alone. `key` has 16 to 64 bytes.
[[nodiscard]] device_agent::Bytes wrap_authentication_key(const device_agent::SecretBytes& key,
                                                          const StorageKey& endorsement_key,
                                                          const StorageKey& storage_root_key,
                                                          std::string_view uri);

}  // namespace emulator::tpm
