// SPDX-License-Identifier: Apache-2.0
#include "emulator/tpm/credential.hpp"

#include "emulator/tpm/ciphers.hpp"
#include "emulator/tpm/kdfa.hpp"
#include "emulator/tpm/marshal.hpp"
#include "foundation/digest.hpp"

namespace emulator::tpm {

device_agent::Bytes make_credential_blob(device_agent::ByteView seed, device_agent::ByteView object_name,
                                         device_agent::ByteView secret) {
    const auto keys = derive_protection_keys(seed, object_name);
    const auto sized_secret = Marshaller<device_agent::SecretBytes>().sized(secret).take();
    const auto encrypted = aes_cfb_encrypt(keys.symmetric, sized_secret);
    const auto covered = Marshaller<device_agent::Bytes>().raw(encrypted).raw(object_name).take();
    const auto integrity = device_agent::hmac_sha256(keys.integrity, covered);
    const auto content = Marshaller<device_agent::Bytes>().sized(integrity).raw(encrypted).take();
    return Marshaller<device_agent::Bytes>().sized(content).take();
}

}  // namespace emulator::tpm
