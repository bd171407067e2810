// SPDX-License-Identifier: Apache-2.0
// Known answers of the parts of an authentication key. They leave out the two OAEP fields, which are random.
#include "emulator/tpm/authentication_key.hpp"
#include "emulator/tpm/credential.hpp"
#include "emulator/tpm/hmac_key.hpp"
#include "emulator/tpm/kdfa.hpp"
#include "emulator/tpm/object_name.hpp"
#include "foundation/encoding.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace emulator::tpm {
namespace {

using device_agent::hex_encode;

template <typename Container = device_agent::Bytes>
Container consecutive(std::uint8_t first, std::size_t count) {
    Container bytes(count);
    std::iota(bytes.begin(), bytes.end(), first);
    return bytes;
}

device_agent::Bytes srk_name() {
    auto name = consecutive(0x20, 32);
    name.insert(name.begin(), {0x00, 0x0b});
    return name;
}

HmacKey hmac_key() {
    return {consecutive<device_agent::SecretBytes>(0x40, 32),
            consecutive<device_agent::SecretBytes>(0x60, 32)};
}

TEST(KnownAnswers, KdfaStorage) {
    EXPECT_EQ(hex_encode(kdfa(consecutive(0, 32), "STORAGE", srk_name(), 128)),
              "44d0c54553f7cd6bf17d99c547ec79d6");
}

TEST(KnownAnswers, KdfaIntegrity) {
    EXPECT_EQ(hex_encode(kdfa(consecutive(0, 32), "INTEGRITY", {}, 256)),
              "bacf689f634ece301e1f1b15b072d9c87db6a69585db42b1a0cb8f73ebe2692e");
}

TEST(KnownAnswers, CredentialBlob) {
    EXPECT_EQ(hex_encode(make_credential_blob(consecutive(0, 32), srk_name(), consecutive(0, 16))),
              "003400204ca5dcb1e4a87ae93901b9352d7a80e5997df6f58c71b17e04b92a403bfc1975baae8b37c77fd3bc297e23"
              "fd84579aaa"
              "3d67");
}

TEST(KnownAnswers, PublicAreaAndName) {
    const auto area = hmac_key().public_area();
    EXPECT_EQ(
        hex_encode(area),
        "0008000b0004044000000005000b0020e52a0f5a123f3944305585b4c94814d3d51134dec9580573ae118bc89c245ce7");
    EXPECT_EQ(hex_encode(object_name(area)),
              "000b0cd0d5e29301cfc1cf2ffd967c5ccd2537f7d6bc7ebdf30b7778bf5f56f40bb3");
}

TEST(KnownAnswers, Duplicate) {
    EXPECT_EQ(hex_encode(duplicate(hmac_key(), consecutive(0, 16), consecutive(0x80, 32))),
              "008e002068bce647a0a2c14e52b2acececd85b3a7717130adc51e0243cd14cbfea3420d931bd7e3dd95b27225740db"
              "1f5897830c"
              "fd8e76660fd753cf30534db54a1c5e030e3f1a8765fe1f7e496e4d64bcf6007ef7020ea9a9d3e9d303de8f91974499"
              "c32d51995d"
              "e0aeb6cd4560913488c71f65995211222f5d4cd1637c2a76172e6d4fc9e3ac2eaf2d6fefc34af250");
}

TEST(KnownAnswers, RegistrationIdOfNothing) {
    EXPECT_EQ(derived_registration_id({}), "4oymiquy7qobjgx36tejs35zeqt24qpemsnzgtfeswmrw6csxbkq");
}

}  // namespace
}  // namespace emulator::tpm
