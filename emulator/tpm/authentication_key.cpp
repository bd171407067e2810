// SPDX-License-Identifier: Apache-2.0
#include "emulator/tpm/authentication_key.hpp"

#include "emulator/openssl_handles.hpp"
#include "emulator/tpm/algorithms.hpp"
#include "emulator/tpm/ciphers.hpp"
#include "emulator/tpm/credential.hpp"
#include "emulator/tpm/hmac_key.hpp"
#include "emulator/tpm/marshal.hpp"

#include <openssl/rand.h>

namespace emulator::tpm {
namespace {

device_agent::SecretBytes random_secret(std::size_t size) {
    device_agent::SecretBytes secret(size);
    openssl::check(RAND_priv_bytes(secret.data(), static_cast<int>(size)) == 1, "make random bytes");
    return secret;
}

device_agent::Bytes utf16le(std::string_view ascii) {
    device_agent::Bytes wide;
    wide.reserve(ascii.size() * 2);
    for (const char c : ascii) {
        wide.push_back(static_cast<std::uint8_t>(c));
        wide.push_back(0);
    }
    return wide;
}

}  // namespace

device_agent::Bytes wrap_authentication_key(const device_agent::SecretBytes& key,
                                            const StorageKey& endorsement_key,
                                            const StorageKey& storage_root_key, std::string_view uri) {
    const auto inner_key = random_secret(aes128_key_size);
    const auto credential_seed = random_secret(sha256_size);
    const auto duplication_seed = random_secret(sha256_size);
    const HmacKey object{key, random_secret(sha256_size)};

    return Marshaller<device_agent::Bytes>()
        .raw(make_credential_blob(credential_seed, storage_root_key.name, inner_key))
        .sized(rsa_oaep_encrypt(endorsement_key, "IDENTITY", credential_seed))
        .raw(duplicate(object, inner_key, duplication_seed))
        .sized(rsa_oaep_encrypt(storage_root_key, "DUPLICATE", duplication_seed))
        .sized(object.public_area())
        .sized(aes_cfb_encrypt(inner_key, utf16le(uri)))
        .take();
}

}  // namespace emulator::tpm
