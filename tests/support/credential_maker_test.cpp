// SPDX-License-Identifier: Apache-2.0
// Known answers, made independently of this project: what the tests wrap keys with is right by itself.
#include "tests/support/credential_maker.hpp"

#include "foundation/encoding.hpp"

#include <gtest/gtest.h>

namespace device_agent::support {
namespace {

/// `count` consecutive values from `first` on.
Bytes range(std::uint8_t first, std::size_t count) {
    Bytes result;
    for (std::size_t i = 0; i < count; ++i)
        result.push_back(static_cast<std::uint8_t>(first + i));
    return result;
}

Bytes name_from(std::uint8_t first) {
    Bytes name{0x00, 0x0b};
    const Bytes digest = range(first, 32);
    name.insert(name.end(), digest.begin(), digest.end());
    return name;
}

const BlobSecrets secrets{range(0x00, 32), range(0x00, 16), range(0x60, 32), range(0x80, 32)};

TEST(CredentialMaker, DerivesKeysAsTheTpmDoes) {
    EXPECT_EQ(hex_encode(kdfa(range(0, 32), "STORAGE", name_from(0x20), 128)),
              "44d0c54553f7cd6bf17d99c547ec79d6");
    EXPECT_EQ(hex_encode(kdfa(range(0, 32), "INTEGRITY", {}, 256)),
              "bacf689f634ece301e1f1b15b072d9c87db6a69585db42b1a0cb8f73ebe2692e");
}

TEST(CredentialMaker, MakesTheKnownCredential) {
    EXPECT_EQ(hex_encode(credential_of(secrets.inner_key, secrets.credential_seed, name_from(0x20))),
              "003400204ca5dcb1e4a87ae93901b9352d7a80e5997df6f58c71b17e04b92a403bfc1975baae8b37c77fd3bc297e23"
              "fd84579aaa"
              "3d67");
}

TEST(CredentialMaker, MakesTheKnownPublicArea) {
    const Bytes public_area = public_area_of(range(0x40, 32), secrets.object_seed);
    EXPECT_EQ(hex_encode(public_area),
              "00300008000b0004044000000005000b0020e52a0f5a123f3944305585b4c94814d3d51134dec9580573ae118bc89c"
              "245ce7");
    EXPECT_EQ(hex_encode(name_of(public_area)),
              "000b0cd0d5e29301cfc1cf2ffd967c5ccd2537f7d6bc7ebdf30b7778bf5f56f40bb3");
}

TEST(CredentialMaker, MakesTheKnownDuplicate) {
    EXPECT_EQ(hex_encode(duplicate_of(range(0x40, 32), {}, secrets)),
              "008e002068bce647a0a2c14e52b2acececd85b3a7717130adc51e0243cd14cbfea3420d931bd7e3dd95b27225740db"
              "1f5897830c"
              "fd8e76660fd753cf30534db54a1c5e030e3f1a8765fe1f7e496e4d64bcf6007ef7020ea9a9d3e9d303de8f91974499"
              "c32d51995d"
              "e0aeb6cd4560913488c71f65995211222f5d4cd1637c2a76172e6d4fc9e3ac2eaf2d6fefc34af250");
}

}  // namespace
}  // namespace device_agent::support
