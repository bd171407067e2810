// SPDX-License-Identifier: Apache-2.0
#include "emulator/sas/token.hpp"

#include "emulator/format_error.hpp"
#include "emulator/testing/sign.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace emulator::sas {
namespace {

using device_agent::WallTime;

const WallTime expiry{std::chrono::seconds{1'700'000'000}};

device_agent::Bytes vector_key() {
    device_agent::Bytes key(32);
    std::iota(key.begin(), key.end(), std::uint8_t{0});
    return key;
}

TEST(SasToken, KnownAnswer) {
    const auto token = parse_token(
        "SharedAccessSignature "
        "sr=0ne00000001%2Fregistrations%2Fdev-1&sig=VJQnpbZdERnXhMDd7w12XsZXXpY%2BlPQGNCllBeAWOJA"
        "%3D&se=1700000000&skn=registration");
    EXPECT_EQ(token.resource, "0ne00000001/registrations/dev-1");
    EXPECT_EQ(token.policy, "registration");
    EXPECT_EQ(token.expiry, expiry);
    EXPECT_TRUE(signed_by(token, vector_key()));
    EXPECT_TRUE(signed_by_base64(token, device_agent::base64_encode(vector_key())));
}

TEST(SasToken, AnotherKeyOrAnAlteredTextIsNotSigned) {
    auto key = vector_key();
    auto token = parse_token(testing::sign("h/devices/d", key, expiry));
    ASSERT_TRUE(signed_by(token, key));
    token.resource_as_sent = "h%2Fdevices%2FD";
    EXPECT_FALSE(signed_by(token, key));
    token.resource_as_sent = "h%2Fdevices%2Fd";
    key[0] ^= 1U;
    EXPECT_FALSE(signed_by(token, key));
    EXPECT_FALSE(signed_by_base64(token, "not base64"));
    EXPECT_FALSE(signed_by_base64(token, ""));
}

// Each way in which a known client writes the resource; the signature covers that very text.
TEST(SasToken, VerifiesTheResourceAsItWasSent) {
    for (const auto* sent : {"h.test%2Fdevices%2Fd%2B1", "h.test%2fdevices%2fd%2b1", "h.test/devices/d+1",
                             "H.TEST%2FDevices%2FD%2B1"}) {
        const auto token = parse_token(testing::sign_encoded(sent, vector_key(), expiry));
        EXPECT_TRUE(signed_by(token, vector_key())) << sent;
        EXPECT_TRUE(is_for(token, "h.test/devices/d+1")) << sent;
        EXPECT_FALSE(is_for(token, "h.test/devices/d")) << sent;
    }
}

TEST(SasToken, TakesItsFieldsInAnyOrder) {
    const auto token = parse_token("SharedAccessSignature skn=&se=5&extra=1&sig=AAAA&sr=x");
    EXPECT_EQ(token.resource, "x");
    EXPECT_EQ(token.policy, "");
    EXPECT_EQ(token.expiry, WallTime(std::chrono::seconds{5}));
}

TEST(SasToken, ExpiresAtItsSecond) {
    const auto token = parse_token(testing::sign("r", vector_key(), expiry));
    EXPECT_FALSE(has_expired(token, expiry - std::chrono::seconds{1}));
    EXPECT_TRUE(has_expired(token, expiry));
}

struct Malformed {
    const char* text;
    const char* complaint;
};

class MalformedToken : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedToken, IsRefusedWithTheFieldsName) {
    try {
        static_cast<void>(parse_token(GetParam().text));
        FAIL() << GetParam().text;
    } catch (const FormatError& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr(GetParam().complaint));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Texts, MalformedToken,
    ::testing::Values(Malformed{"", "not a SharedAccessSignature"}, Malformed{"Bearer x", "not a Shared"},
                      Malformed{"SharedAccessSignature", "not a Shared"},
                      Malformed{"SharedAccessSignature ", "no sr"},
                      Malformed{"SharedAccessSignaturesr=x&sig=AAAA&se=1", "not a Shared"},
                      Malformed{"SharedAccessSignature sig=AAAA&se=1", "no sr"},
                      Malformed{"SharedAccessSignature sr=&sig=AAAA&se=1", "no sr"},
                      Malformed{"SharedAccessSignature sr=x&se=1", "no sig"},
                      Malformed{"SharedAccessSignature sr=x&sig=AAAA", "no se"},
                      Malformed{"SharedAccessSignature sr=x&sr=y&sig=AAAA&se=1", "two fields sr"},
                      Malformed{"SharedAccessSignature sr=%2&sig=AAAA&se=1", "sr is not percent"},
                      Malformed{"SharedAccessSignature sr=x&sig=%zz&se=1", "sig is not percent"},
                      Malformed{"SharedAccessSignature sr=x&sig=A&se=1", "sig is not base64"},
                      Malformed{"SharedAccessSignature sr=x&sig=AAAA&se=1x", "se is not"},
                      Malformed{"SharedAccessSignature sr=x&sig=AAAA&se=-1", "se is not"},
                      Malformed{"SharedAccessSignature sr=x&sig=AAAA&se=99999999999999999999", "se is not"},
                      Malformed{"SharedAccessSignature sr=x&sig=AAAA&se=1&skn", "without a value"}));

}  // namespace
}  // namespace emulator::sas
