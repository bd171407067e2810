// SPDX-License-Identifier: Apache-2.0
#include "tests/support/credential_maker.hpp"

#include "foundation/digest.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <cstring>
#include <initializer_list>
#include <memory>
#include <stdexcept>

namespace device_agent::support {
namespace {

template <auto function>
struct Freeing {
    template <typename T>
    void operator()(T* object) const noexcept {
        function(object);
    }
};
template <typename T, auto function>
using Owned = std::unique_ptr<T, Freeing<function>>;

void require(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

Bytes joined(std::initializer_list<ByteView> parts) {
    Bytes result;
    for (const ByteView part : parts)
        result.insert(result.end(), part.begin(), part.end());
    return result;
}

Bytes number(std::size_t value, unsigned width) {
    Bytes result;
    for (unsigned shift = width * 8; shift > 0; shift -= 8) {
        result.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
    }
    return result;
}

Bytes sized(ByteView content) {
    return joined({number(content.size(), 2), content});
}

/// AES-128-CFB with a zero IV: the only symmetric cipher of the TCG's default templates.
Bytes encrypt(ByteView key, ByteView plain) {
    const std::array<std::uint8_t, 16> zero_iv{};
    const Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> context(EVP_CIPHER_CTX_new());
    require(EVP_EncryptInit_ex(context.get(), EVP_aes_128_cfb128(), nullptr, key.data(), zero_iv.data()) == 1,
            "AES");
    Bytes result(plain.size());
    int length = 0;
    require(EVP_EncryptUpdate(context.get(), result.data(), &length, plain.data(),
                              static_cast<int>(plain.size())) == 1,
            "AES");
    return result;
}

/// The public key of an RSA TPM2B_PUBLIC: its last 256 bytes are the modulus.
Owned<EVP_PKEY, EVP_PKEY_free> rsa_key(ByteView public_area) {
    const ByteView modulus = public_area.last(256);
    const Owned<BIGNUM, BN_free> n(BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr));
    const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
    OSSL_PARAM_BLD_push_uint(builder.get(), OSSL_PKEY_PARAM_RSA_E, 65537);
    const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* key = nullptr;
    require(EVP_PKEY_fromdata_init(context.get()) == 1 &&
                EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1,
            "RSA key");
    return Owned<EVP_PKEY, EVP_PKEY_free>(key);
}

/// RSA-OAEP with SHA-256; the label includes its terminating zero (Part 1, annex B.4).
Bytes encrypt_seed(ByteView public_area, std::string_view label, ByteView seed) {
    const auto key = rsa_key(public_area);
    const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new(key.get(), nullptr));
    auto* label_copy = static_cast<unsigned char*>(OPENSSL_zalloc(label.size() + 1));
    std::memcpy(label_copy, label.data(), label.size());
    require(EVP_PKEY_encrypt_init(context.get()) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha256()) == 1 &&
                EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()) == 1 &&
                EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(), label_copy,
                                                 static_cast<int>(label.size() + 1)) == 1,
            "OAEP");
    Bytes result(256);
    std::size_t length = result.size();
    require(EVP_PKEY_encrypt(context.get(), result.data(), &length, seed.data(), seed.size()) == 1, "OAEP");
    return result;
}

/// Encrypt-then-MAC under keys from a seed, bound to a name (Part 1, sections 23.3 and 24.4).
Bytes protect(ByteView seed, ByteView name, ByteView plain) {
    const Bytes encrypted = encrypt(kdfa(seed, "STORAGE", name, 128), plain);
    const Sha256 integrity = hmac_sha256(kdfa(seed, "INTEGRITY", {}, 256), joined({encrypted, name}));
    return joined({sized(integrity), encrypted});
}

}  // namespace

BlobSecrets BlobSecrets::random() {
    return {random_bytes(32), random_bytes(16), random_bytes(32), random_bytes(32)};
}

Bytes KeyBlob::bytes() const {
    Bytes result;
    for (const Bytes& field : fields)
        result.insert(result.end(), field.begin(), field.end());
    return result;
}

std::size_t KeyBlob::offset_of(std::size_t number) const {
    std::size_t offset = 0;
    for (std::size_t i = 0; i + 1 < number; ++i)
        offset += fields.at(i).size();
    return offset;
}

Bytes kdfa(ByteView key, std::string_view label, ByteView context, std::size_t bits) {
    Bytes result;
    for (std::size_t i = 1; result.size() * 8 < bits; ++i) {
        const Bytes zero(1);
        const Sha256 block =
            hmac_sha256(key, joined({number(i, 4), as_bytes(label), zero, context, number(bits, 4)}));
        result.insert(result.end(), block.begin(), block.end());
    }
    result.resize(bits / 8);
    return result;
}

Bytes name_of(ByteView public_area) {
    return joined({number(0x000B, 2), sha256(public_area.subspan(2))});
}

Bytes credential_of(ByteView inner_key, ByteView seed, ByteView storage_root_key_name) {
    return sized(protect(seed, storage_root_key_name, sized(inner_key)));
}

Bytes public_area_of(ByteView key, ByteView object_seed) {
    constexpr std::size_t user_with_auth_no_da_sign = 0x00040440;
    return sized(
        joined({number(0x0008, 2), number(0x000B, 2), number(user_with_auth_no_da_sign, 4), sized({}),
                number(0x0005, 2), number(0x000B, 2), sized(sha256(joined({object_seed, key})))}));
}

Bytes duplicate_of(ByteView key, ByteView auth_value, const BlobSecrets& secrets) {
    const Bytes name = name_of(public_area_of(key, secrets.object_seed));
    const Bytes sensitive =
        sized(joined({number(0x0008, 2), sized(auth_value), sized(secrets.object_seed), sized(key)}));
    const Bytes inner = joined({sized(sha256(joined({sensitive, name}))), sensitive});
    return sized(protect(secrets.duplication_seed, name, encrypt(secrets.inner_key, inner)));
}

KeyBlob make_key_blob(const tpm::PrimaryKeys& primary_keys, ByteView key, const BlobSecrets& secrets,
                      ByteView auth_value) {
    // "localhost/dev-1" in UTF-16LE, which no client needs.
    Bytes text;
    for (const char c : std::string_view("localhost/dev-1")) {
        text.push_back(static_cast<std::uint8_t>(c));
        text.push_back(0);
    }
    return {
        {credential_of(secrets.inner_key, secrets.credential_seed, name_of(primary_keys.storage_root_key)),
         sized(encrypt_seed(primary_keys.endorsement_key, "IDENTITY", secrets.credential_seed)),
         duplicate_of(key, auth_value, secrets),
         sized(encrypt_seed(primary_keys.storage_root_key, "DUPLICATE", secrets.duplication_seed)),
         public_area_of(key, secrets.object_seed), sized(encrypt(secrets.inner_key, text))}};
}

}  // namespace device_agent::support
