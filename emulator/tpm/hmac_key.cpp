// SPDX-License-Identifier: Apache-2.0
#include "emulator/tpm/hmac_key.hpp"

#include "emulator/tpm/algorithms.hpp"
#include "emulator/tpm/ciphers.hpp"
#include "emulator/tpm/kdfa.hpp"
#include "emulator/tpm/marshal.hpp"
#include "emulator/tpm/object_name.hpp"
#include "foundation/digest.hpp"

namespace emulator::tpm {
namespace {

using SecretMarshaller = Marshaller<device_agent::SecretBytes>;

// A TPM computes it again at TPM2_Import, and refuses a key whose public area has another value.
device_agent::Sha256 unique_of(const HmacKey& key) {
    return device_agent::sha256(SecretMarshaller().raw(key.object_seed).raw(key.key).take());
}

device_agent::SecretBytes sensitive_area(const HmacKey& key) {
    const auto area = SecretMarshaller()
                          .number16(algorithm::keyed_hash)
                          .sized({})  // authValue
                          .sized(key.object_seed)
                          .sized(key.key)
                          .take();
    return SecretMarshaller().sized(area).take();
}

}  // namespace

device_agent::Bytes HmacKey::public_area() const {
    return Marshaller<device_agent::Bytes>()
        .number16(algorithm::keyed_hash)
        .number16(algorithm::sha256)
        .number32(attribute::user_with_auth | attribute::no_da | attribute::sign)
        .sized({})  // authPolicy
        .number16(algorithm::hmac)
        .number16(algorithm::sha256)
        .sized(unique_of(*this))
        .take();
}

device_agent::Bytes duplicate(const HmacKey& key, device_agent::ByteView inner_key,
                              device_agent::ByteView seed) {
    const auto name = object_name(key.public_area());

    const auto sensitive = sensitive_area(key);
    const auto inner_digest = device_agent::sha256(SecretMarshaller().raw(sensitive).raw(name).take());
    const auto inner_plain = SecretMarshaller().sized(inner_digest).raw(sensitive).take();
    const auto inner = aes_cfb_encrypt(inner_key, inner_plain);

    const auto keys = derive_protection_keys(seed, name);
    const auto outer = aes_cfb_encrypt(keys.symmetric, inner);
    const auto covered = Marshaller<device_agent::Bytes>().raw(outer).raw(name).take();
    const auto integrity = device_agent::hmac_sha256(keys.integrity, covered);

    const auto content = Marshaller<device_agent::Bytes>().sized(integrity).raw(outer).take();
    return Marshaller<device_agent::Bytes>().sized(content).take();
}

}  // namespace emulator::tpm
