// SPDX-License-Identifier: Apache-2.0
#include "tpm/templates.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace device_agent::tpm {
namespace {

// PolicySecret(TPM_RH_ENDORSEMENT), PolicyA of the profile.
constexpr std::array<std::uint8_t, 32> endorsement_policy{
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
    0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};

constexpr TPMA_OBJECT restricted_decryption_key = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                                  TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_RESTRICTED |
                                                  TPMA_OBJECT_DECRYPT;

TPM2B_PUBLIC rsa_2048(TPMA_OBJECT attributes) {
    TPM2B_PUBLIC result{};
    auto& area = result.publicArea;
    area.type = TPM2_ALG_RSA;
    area.nameAlg = TPM2_ALG_SHA256;
    area.objectAttributes = attributes;
    auto& rsa = area.parameters.rsaDetail;
    rsa.symmetric.algorithm = TPM2_ALG_AES;
    rsa.symmetric.keyBits.aes = 128;
    rsa.symmetric.mode.aes = TPM2_ALG_CFB;
    rsa.scheme.scheme = TPM2_ALG_NULL;
    rsa.keyBits = 2048;
    rsa.exponent = 0;
    area.unique.rsa.size = 256;
    return result;
}

std::string name_of_algorithm(TPM2_ALG_ID algorithm) {
    switch (algorithm) {
        case TPM2_ALG_SHA1:
            return "SHA-1";
        case TPM2_ALG_SHA256:
            return "SHA-256";
        case TPM2_ALG_SHA384:
            return "SHA-384";
        case TPM2_ALG_SHA512:
            return "SHA-512";
        default:
            return "algorithm " + std::to_string(algorithm);
    }
}

std::string name_of_curve(TPM2_ECC_CURVE curve) {
    switch (curve) {
        case TPM2_ECC_NIST_P256:
            return "NIST P-256";
        case TPM2_ECC_NIST_P384:
            return "NIST P-384";
        case TPM2_ECC_NIST_P521:
            return "NIST P-521";
        case TPM2_ECC_SM2_P256:
            return "SM2 P-256";
        default:
            return "curve " + std::to_string(curve);
    }
}

std::string kind_of(const TPMT_PUBLIC& key) {
    switch (key.type) {
        case TPM2_ALG_RSA:
            return "an RSA-" + std::to_string(key.parameters.rsaDetail.keyBits) + " key";
        case TPM2_ALG_ECC:
            return "an ECC " + name_of_curve(key.parameters.eccDetail.curveID) + " key";
        case TPM2_ALG_KEYEDHASH:
            return "an HMAC key or sealed data";
        case TPM2_ALG_SYMCIPHER:
            return "a symmetric key";
        default:
            return "an object of type " + std::to_string(key.type);
    }
}

bool same_policy(const TPM2B_DIGEST& a, const TPM2B_DIGEST& b) {
    return std::ranges::equal(std::span(a.buffer, a.size), std::span(b.buffer, b.size));
}

}  // namespace

TPM2B_PUBLIC endorsement_key_template() {
    TPM2B_PUBLIC result = rsa_2048(restricted_decryption_key | TPMA_OBJECT_ADMINWITHPOLICY);
    auto& policy = result.publicArea.authPolicy;
    policy.size = static_cast<UINT16>(endorsement_policy.size());
    std::ranges::copy(endorsement_policy, policy.buffer);
    return result;
}

TPM2B_PUBLIC storage_root_key_template() {
    return rsa_2048(restricted_decryption_key | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA);
}

TPM2B_PUBLIC salt_key_template() {
    TPM2B_PUBLIC result{};
    auto& area = result.publicArea;
    area.type = TPM2_ALG_ECC;
    area.nameAlg = TPM2_ALG_SHA256;
    area.objectAttributes = restricted_decryption_key | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA;
    auto& ecc = area.parameters.eccDetail;
    ecc.symmetric.algorithm = TPM2_ALG_AES;
    ecc.symmetric.keyBits.aes = 128;
    ecc.symmetric.mode.aes = TPM2_ALG_CFB;
    ecc.scheme.scheme = TPM2_ALG_NULL;
    ecc.curveID = TPM2_ECC_NIST_P256;
    ecc.kdf.scheme = TPM2_ALG_NULL;
    return result;
}

TPM2B_PUBLIC hmac_key_template() {
    TPM2B_PUBLIC result{};
    auto& area = result.publicArea;
    area.type = TPM2_ALG_KEYEDHASH;
    area.nameAlg = TPM2_ALG_SHA256;
    area.objectAttributes = hmac_key_attributes;
    area.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_HMAC;
    area.parameters.keyedHashDetail.scheme.details.hmac.hashAlg = TPM2_ALG_SHA256;
    return result;
}

std::optional<std::string> difference(const TPMT_PUBLIC& key, const TPMT_PUBLIC& expected) {
    const std::string kind = kind_of(key);
    if (key.type != expected.type) return kind;
    const auto& rsa = key.parameters.rsaDetail;
    const auto& expected_rsa = expected.parameters.rsaDetail;
    if (rsa.keyBits != expected_rsa.keyBits) return kind;
    if (key.nameAlg != expected.nameAlg)
        return kind + " with name algorithm " + name_of_algorithm(key.nameAlg);
    constexpr TPMA_OBJECT uses = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT | TPMA_OBJECT_SIGN_ENCRYPT;
    if ((key.objectAttributes & uses) != (expected.objectAttributes & uses)) {
        return kind + " that is no restricted decryption key";
    }
    if (rsa.symmetric.algorithm != expected_rsa.symmetric.algorithm ||
        rsa.symmetric.keyBits.aes != expected_rsa.symmetric.keyBits.aes ||
        rsa.symmetric.mode.aes != expected_rsa.symmetric.mode.aes) {
        return kind + " with another symmetric algorithm than AES-128-CFB";
    }
    constexpr TPMA_OBJECT authorization = TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_ADMINWITHPOLICY;
    if ((key.objectAttributes & authorization & expected.objectAttributes) !=
            (expected.objectAttributes & authorization) ||
        !same_policy(key.authPolicy, expected.authPolicy)) {
        return kind + " with another way of authorization than that of the TCG's default template";
    }
    return std::nullopt;
}

}  // namespace device_agent::tpm
