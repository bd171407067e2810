// SPDX-License-Identifier: Apache-2.0
#include "emulator/sas/group_key.hpp"

#include "foundation/digest.hpp"

namespace emulator::sas {

device_agent::SecretBytes derive_device_key(device_agent::ByteView group_key,
                                            std::string_view registration_id) {
    const auto key = device_agent::hmac_sha256(group_key, device_agent::as_bytes(registration_id));
    return {key.begin(), key.end()};
}

}  // namespace emulator::sas
