// SPDX-License-Identifier: Apache-2.0
#include "emulator/tpm/kdfa.hpp"

#include "emulator/tpm/marshal.hpp"
#include "foundation/digest.hpp"

#include <openssl/crypto.h>

namespace emulator::tpm {

device_agent::SecretBytes kdfa(device_agent::ByteView key, std::string_view label,
                               device_agent::ByteView context, std::uint32_t bits) {
    device_agent::SecretBytes material;
    const std::size_t wanted = bits / 8;
    for (std::uint32_t counter = 1; material.size() < wanted; ++counter) {
        const auto message = Marshaller<device_agent::Bytes>()
                                 .number32(counter)
                                 .raw(device_agent::as_bytes(label))
                                 .raw(device_agent::as_bytes(std::string_view("\0", 1)))
                                 .raw(context)
                                 .number32(bits)
                                 .take();
        auto block = device_agent::hmac_sha256(key, message);
        material.insert(material.end(), block.begin(), block.end());
        OPENSSL_cleanse(block.data(), block.size());
    }
    material.resize(wanted);
    return material;
}

ProtectionKeys derive_protection_keys(device_agent::ByteView seed, device_agent::ByteView object_name) {
    return {kdfa(seed, "STORAGE", object_name, 128), kdfa(seed, "INTEGRITY", {}, 256)};
}

}  // namespace emulator::tpm
