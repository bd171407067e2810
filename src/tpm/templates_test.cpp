// SPDX-License-Identifier: Apache-2.0
#include "tpm/templates.hpp"

#include "foundation/encoding.hpp"
#include "tpm/structures.hpp"

#include <gtest/gtest.h>

namespace device_agent::tpm {
namespace {

// Written out by the TCG's documents: type, name algorithm, attributes, policy, AES-128-CFB, no scheme, 2048
// bits, exponent 0, 256 zero bytes.
TEST(Templates, AreTheDefaultsOfTheTcg) {
    const std::string rest =
        "0006008000430010080000000000"
        "0100" +
        std::string(512, '0');
    EXPECT_EQ(hex_encode(marshal(endorsement_key_template())),
              "013a"
              "0001000b000300b2"
              "0020837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa" +
                  rest);
    EXPECT_EQ(hex_encode(marshal(storage_root_key_template())),
              "011a"
              "0001000b00030472"
              "0000" +
                  rest);
}

TEST(Templates, OfAnHmacKeyNeverLeavesTheTpmAndOnlySigns) {
    // fixedTPM, fixedParent, userWithAuth, noDA, sign.
    EXPECT_EQ(hex_encode(marshal(hmac_key_template())),
              "0010"
              "0008000b00040452"
              "0000"
              "0005000b"
              "0000");
}

TEST(Difference, IsNoneWhenOnlyTheUniqueFieldDiffers) {
    TPMT_PUBLIC key = endorsement_key_template().publicArea;
    key.unique.rsa.buffer[0] = 1;
    EXPECT_EQ(difference(key, endorsement_key_template().publicArea), std::nullopt);
}

TEST(Difference, SaysWhatTheKeyIs) {
    const TPMT_PUBLIC expected = endorsement_key_template().publicArea;
    EXPECT_EQ(difference(salt_key_template().publicArea, expected), "an ECC NIST P-256 key");
    EXPECT_EQ(difference(hmac_key_template().publicArea, expected), "an HMAC key or sealed data");

    TPMT_PUBLIC key = expected;
    key.parameters.rsaDetail.keyBits = 3072;
    EXPECT_EQ(difference(key, expected), "an RSA-3072 key");
    key = expected;
    key.nameAlg = TPM2_ALG_SHA384;
    EXPECT_EQ(difference(key, expected), "an RSA-2048 key with name algorithm SHA-384");
    key = expected;
    key.objectAttributes ^= TPMA_OBJECT_RESTRICTED;
    EXPECT_EQ(difference(key, expected), "an RSA-2048 key that is no restricted decryption key");
    key = expected;
    key.parameters.rsaDetail.symmetric.keyBits.aes = 256;
    EXPECT_EQ(difference(key, expected), "an RSA-2048 key with another symmetric algorithm than AES-128-CFB");
    EXPECT_EQ(difference(storage_root_key_template().publicArea, expected),
              "an RSA-2048 key with another way of authorization than that of the TCG's default template");
}

TEST(Structures, WithAWrongSizeAreRefused) {
    Bytes bytes = marshal(hmac_key_template());
    EXPECT_EQ(unmarshal_public(bytes, "it").publicArea.type, TPM2_ALG_KEYEDHASH);
    bytes.push_back(0);
    EXPECT_THROW(static_cast<void>(unmarshal_public(bytes, "it")), Error) << "more than it says";
    bytes[1] += 1;
    EXPECT_THROW(static_cast<void>(unmarshal_public(bytes, "it")), Error) << "more than there is in it";
    EXPECT_THROW(static_cast<void>(unmarshal_public({}, "it")), Error);
    EXPECT_THROW(static_cast<void>(sized(&TPM2B_DIGEST::buffer, Bytes(65), "it")), Error);
}

}  // namespace
}  // namespace device_agent::tpm
