// SPDX-License-Identifier: Apache-2.0
#include "foundation/digest.hpp"

#include "foundation/error.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace device_agent {

Sha256 sha256(ByteView data) {
    Sha256 digest{};
    if (EVP_Digest(data.data(), data.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
        throw Error(ErrorCode::internal, "OpenSSL could not compute a SHA-256 digest");
    }
    return digest;
}

Sha256 hmac_sha256(ByteView key, ByteView data) {
    Sha256 mac{};
    unsigned length = 0;
    // OpenSSL takes a null key as "no key given": an empty key needs some address.
    static constexpr std::uint8_t empty = 0;
    const auto* bytes = key.empty() ? &empty : key.data();
    if (HMAC(EVP_sha256(), bytes, static_cast<int>(key.size()), data.data(), data.size(), mac.data(),
             &length) == nullptr) {
        throw Error(ErrorCode::internal, "OpenSSL could not compute an HMAC");
    }
    return mac;
}

Bytes random_bytes(std::size_t count) {
    Bytes bytes(count);
    if (RAND_bytes(bytes.data(), static_cast<int>(count)) != 1) {
        throw Error(ErrorCode::internal, "OpenSSL's random generator gave no bytes");
    }
    return bytes;
}

bool equal_in_constant_time(ByteView a, ByteView b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace device_agent
