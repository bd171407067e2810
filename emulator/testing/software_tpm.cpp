// SPDX-License-Identifier: Apache-2.0
#include "emulator/testing/software_tpm.hpp"

#include "emulator/tpm/kdfa.hpp"
#include "emulator/tpm/marshal.hpp"
#include "emulator/tpm/object_name.hpp"
#include "foundation/digest.hpp"
#include "foundation/encoding.hpp"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace emulator::testing {
namespace {

using device_agent::Bytes;
using device_agent::ByteView;
using device_agent::SecretBytes;

openssl::Key make_rsa() {
    return openssl::check(openssl::Key(EVP_RSA_gen(2048)), "make an RSA key");
}

Bytes modulus_of(const openssl::Key& key) {
    BIGNUM* number = nullptr;
    openssl::check(EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_RSA_N, &number) == 1, "read a modulus");
    const openssl::Number owner(number);
    Bytes modulus(256);
    BN_bn2binpad(number, modulus.data(), static_cast<int>(modulus.size()));
    return modulus;
}

Bytes public_area(std::uint32_t attributes, ByteView policy, ByteView modulus) {
    const auto area = tpm::Marshaller<Bytes>()
                          .number16(0x0001)
                          .number16(0x000B)
                          .number32(attributes)
                          .sized(policy)
                          .number16(0x0006)
                          .number16(128)
                          .number16(0x0043)
                          .number16(0x0010)
                          .number16(2048)
                          .number32(0)
                          .sized(modulus)
                          .take();
    return tpm::Marshaller<Bytes>().sized(area).take();
}

void require(bool condition, const char* refusal) {
    if (!condition) throw std::runtime_error(refusal);
}

SecretBytes oaep_decrypt(const openssl::Key& key, std::string_view label_with_nul, ByteView encrypted) {
    const openssl::KeyContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
    void* label = OPENSSL_memdup(label_with_nul.data(), label_with_nul.size());
    openssl::check(EVP_PKEY_decrypt_init(context.get()) == 1 &&
                       EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
                       EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha256()) == 1 &&
                       EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(), label,
                                                        static_cast<int>(label_with_nul.size())) == 1,
                   "set up RSA-OAEP");
    SecretBytes plain(256);
    std::size_t size = plain.size();
    require(EVP_PKEY_decrypt(context.get(), plain.data(), &size, encrypted.data(), encrypted.size()) == 1,
            "the seed was not encrypted for this TPM");
    plain.resize(size);
    return plain;
}

SecretBytes aes_cfb_decrypt(ByteView key, ByteView encrypted) {
    static constexpr std::array<std::uint8_t, 16> zero_iv{};
    const openssl::CipherContext context(EVP_CIPHER_CTX_new());
    SecretBytes plain(encrypted.size());
    int written = 0;
    openssl::check(
        EVP_DecryptInit_ex(context.get(), EVP_aes_128_cfb128(), nullptr, key.data(), zero_iv.data()) == 1 &&
            EVP_DecryptUpdate(context.get(), plain.data(), &written, encrypted.data(),
                              static_cast<int>(encrypted.size())) == 1,
        "decrypt");
    return plain;
}

// What follows a TPM2B digest inside `content`, after that digest was found to be right.
ByteView check_integrity(ByteView content, ByteView integrity_key, ByteView name) {
    tpm::Unmarshaller in(content);
    const auto integrity = in.sized("integrity");
    const auto encrypted = content.subspan(2 + integrity.size());
    const auto covered = tpm::Marshaller<Bytes>().raw(encrypted).raw(name).take();
    require(
        device_agent::equal_in_constant_time(integrity, device_agent::hmac_sha256(integrity_key, covered)),
        "TPM_RC_INTEGRITY");
    return encrypted;
}

}  // namespace

SoftwareTpm::SoftwareTpm() : endorsement_rsa_(make_rsa()), storage_rsa_(make_rsa()) {
    const auto policy =
        device_agent::hex_decode("837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa").value();
    endorsement_key_ = public_area(0x000300B2, policy, modulus_of(endorsement_rsa_));
    storage_root_key_ = public_area(0x00030472, {}, modulus_of(storage_rsa_));
}

SoftwareTpm::Opened SoftwareTpm::open(ByteView authentication_key) const {
    tpm::Unmarshaller in(authentication_key);
    const auto id_object = in.sized("credential");
    const auto credential_secret = in.sized("credential seed");
    const auto duplicate = in.sized("duplicate");
    const auto duplicate_secret = in.sized("duplicate seed");
    const auto area = in.sized("public area");
    const auto uri = in.sized("uri");
    require(in.at_end(), "there are bytes behind field 6");

    // TPM2_ActivateCredential
    const auto srk_name = tpm::object_name(ByteView(storage_root_key_).subspan(2));
    const auto seed = oaep_decrypt(endorsement_rsa_, std::string_view("IDENTITY\0", 9), credential_secret);
    const auto credential_keys = tpm::derive_protection_keys(seed, srk_name);
    const auto credential = aes_cfb_decrypt(credential_keys.symmetric,
                                            check_integrity(id_object, credential_keys.integrity, srk_name));
    const auto inner_key = tpm::Unmarshaller(credential).sized("inner key");

    // TPM2_Import
    const auto name = tpm::object_name(area);
    const auto outer_seed = oaep_decrypt(storage_rsa_, std::string_view("DUPLICATE\0", 10), duplicate_secret);
    const auto outer_keys = tpm::derive_protection_keys(outer_seed, name);
    const auto inner =
        aes_cfb_decrypt(outer_keys.symmetric, check_integrity(duplicate, outer_keys.integrity, name));
    const auto plain = aes_cfb_decrypt(inner_key, inner);
    tpm::Unmarshaller inner_in(plain);
    const auto digest = inner_in.sized("inner digest");
    const auto sensitive = ByteView(plain).subspan(2 + digest.size());
    const auto covered = tpm::Marshaller<SecretBytes>().raw(sensitive).raw(name).take();
    require(device_agent::equal_in_constant_time(digest, device_agent::sha256(covered)),
            "TPM_RC_INTEGRITY (inner)");

    tpm::Unmarshaller fields(tpm::Unmarshaller(sensitive).sized("sensitive"));
    require(fields.number16("type") == 0x0008, "not a keyed hash object");
    require(fields.sized("auth").empty(), "an auth value is set");
    const auto object_seed = fields.sized("seed");
    const auto key = fields.sized("key");
    const auto unique = device_agent::sha256(tpm::Marshaller<SecretBytes>().raw(object_seed).raw(key).take());
    require(std::equal(unique.rbegin(), unique.rend(), area.rbegin()), "TPM_RC_BINDING");

    Opened opened;
    opened.key.assign(key.begin(), key.end());
    const auto wide = aes_cfb_decrypt(inner_key, uri);
    for (std::size_t i = 0; i < wide.size(); i += 2)
        opened.uri.push_back(static_cast<char>(wide[i]));
    return opened;
}

const SoftwareTpm& software_tpm() {
    static const SoftwareTpm instance;
    return instance;
}

const SoftwareTpm& other_software_tpm() {
    static const SoftwareTpm instance;
    return instance;
}

}  // namespace emulator::testing
