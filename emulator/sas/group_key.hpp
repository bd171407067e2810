// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/bytes.hpp"
#include "foundation/secret.hpp"

#include <string_view>

namespace emulator::sas {

/// The key of a device in a symmetric key enrollment group: HMAC-SHA256 of its registration id, as
/// registered, by the group's key (raw, not base64).
/// https://learn.microsoft.com/azure/iot-dps/concepts-symmetric-key-attestation
[[nodiscard]] device_agent::SecretBytes derive_device_key(device_agent::ByteView group_key,
                                                          std::string_view registration_id);

}  // namespace emulator::sas
