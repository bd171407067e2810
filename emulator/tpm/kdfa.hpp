// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/bytes.hpp"
#include "foundation/secret.hpp"

#include <string_view>

namespace emulator::tpm {

/// KDFa with HMAC-SHA256 and an empty contextV: `bits` (a multiple of 8) of key material. The label is given
/// without its terminating NUL; KDFa adds it. Source: TPM 2.0 Library, part 1, section 11.4.10.2.
[[nodiscard]] device_agent::SecretBytes kdfa(device_agent::ByteView key, std::string_view label,
                                             device_agent::ByteView context, std::uint32_t bits);

/// The two keys that protect a structure under a seed: part 1, sections 22 (duplication) and 24
/// (credentials).
struct ProtectionKeys {
    device_agent::SecretBytes symmetric;  ///< AES-128, bound to the name of the object
    device_agent::SecretBytes integrity;  ///< HMAC-SHA256
};
[[nodiscard]] ProtectionKeys derive_protection_keys(device_agent::ByteView seed,
                                                    device_agent::ByteView object_name);

}  // namespace emulator::tpm
