// SPDX-License-Identifier: Apache-2.0
#include "emulator/tpm/ciphers.hpp"

#include "emulator/openssl_handles.hpp"
#include "emulator/tpm/algorithms.hpp"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <array>
#include <string>

namespace emulator::tpm {
namespace {

using openssl::check;

openssl::Key public_key(const StorageKey& key) {
    const auto n =
        check(openssl::Number(BN_bin2bn(key.modulus.data(), static_cast<int>(key.modulus.size()), nullptr)),
              "read an RSA modulus");
    const auto builder = check(openssl::ParameterBuilder(OSSL_PARAM_BLD_new()), "describe an RSA key");
    check(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
              OSSL_PARAM_BLD_push_ulong(builder.get(), OSSL_PKEY_PARAM_RSA_E, 65537) == 1,
          "describe an RSA key");
    const auto parameters =
        check(openssl::Parameters(OSSL_PARAM_BLD_to_param(builder.get())), "describe an RSA key");
    const auto context = check(openssl::KeyContext(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr)),
                               "make an RSA context");
    EVP_PKEY* made = nullptr;
    check(EVP_PKEY_fromdata_init(context.get()) == 1 &&
              EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1,
          "take an RSA public key");
    return openssl::Key(made);
}

// OpenSSL takes the label over, so it must lie in memory of OpenSSL's.
void set_oaep_label(EVP_PKEY_CTX* context, std::string_view label) {
    const std::string with_nul(label.data(), label.size());
    const std::size_t size = label.size() + 1;
    void* copy = OPENSSL_memdup(with_nul.c_str(), size);
    check(copy != nullptr, "copy an OAEP label");
    if (EVP_PKEY_CTX_set0_rsa_oaep_label(context, copy, static_cast<int>(size)) != 1) {
        OPENSSL_free(copy);
        openssl::fail("set an OAEP label");
    }
}

}  // namespace

device_agent::Bytes aes_cfb_encrypt(device_agent::ByteView key, device_agent::ByteView plain) {
    check(key.size() == aes128_key_size, "use a key that has not 16 bytes for AES-128");
    static constexpr std::array<std::uint8_t, 16> zero_iv{};
    const auto context = check(openssl::CipherContext(EVP_CIPHER_CTX_new()), "make a cipher context");
    device_agent::Bytes encrypted(plain.size());
    int written = 0;
    check(EVP_EncryptInit_ex(context.get(), EVP_aes_128_cfb128(), nullptr, key.data(), zero_iv.data()) == 1 &&
              EVP_EncryptUpdate(context.get(), encrypted.data(), &written, plain.data(),
                                static_cast<int>(plain.size())) == 1,
          "encrypt with AES-128-CFB");
    return encrypted;
}

device_agent::Bytes rsa_oaep_encrypt(const StorageKey& key, std::string_view label,
                                     device_agent::ByteView plain) {
    const auto rsa = public_key(key);
    const auto context =
        check(openssl::KeyContext(EVP_PKEY_CTX_new(rsa.get(), nullptr)), "make an RSA context");
    check(EVP_PKEY_encrypt_init(context.get()) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha256()) == 1 &&
              EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()) == 1,
          "set up RSA-OAEP");
    set_oaep_label(context.get(), label);
    device_agent::Bytes encrypted(key.modulus.size());
    std::size_t size = encrypted.size();
    check(EVP_PKEY_encrypt(context.get(), encrypted.data(), &size, plain.data(), plain.size()) == 1,
          "encrypt with RSA-OAEP");
    encrypted.resize(size);
    return encrypted;
}

}  // namespace emulator::tpm
