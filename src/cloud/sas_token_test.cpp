// SPDX-License-Identifier: Apache-2.0
#include "cloud/sas_token.hpp"

#include "foundation/encoding.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace device_agent::cloud {
namespace {

Bytes counting_key() {
    Bytes key(32);
    std::iota(key.begin(), key.end(), std::uint8_t{0});
    return key;
}

// The known-answer vector of the protocol notes, section 13.
TEST(SasToken, MatchesTheKnownAnswer) {
    const auto key = counting_key();
    const auto token =
        make_sas_token("0ne00000001/registrations/dev-1", WallTime(std::chrono::seconds(1700000000)),
                       "registration", [&](ByteView data) { return hmac_sha256(key, data); });
    EXPECT_EQ(token.text.view(),
              "SharedAccessSignature "
              "sr=0ne00000001%2Fregistrations%2Fdev-1&sig=VJQnpbZdERnXhMDd7w12XsZXXpY%2BlPQGNCllBeAWOJA%3D"
              "&se=1700000000&skn=registration");
    EXPECT_EQ(token.expires, WallTime(std::chrono::seconds(1700000000)));
}

TEST(SasToken, SignsTheEncodedResourceAndNamesNoPolicyForAnIdentity) {
    std::string signed_text;
    const auto token = make_sas_token("hub.test/devices/d 1/modules/m+1", WallTime(std::chrono::seconds(5)),
                                      "", [&](ByteView data) {
                                          signed_text.assign(data.begin(), data.end());
                                          return Sha256{};
                                      });
    EXPECT_EQ(signed_text, "hub.test%2Fdevices%2Fd%201%2Fmodules%2Fm%2B1\n5");
    EXPECT_EQ(token.text.view(),
              "SharedAccessSignature sr=hub.test%2Fdevices%2Fd%201%2Fmodules%2Fm%2B1"
              "&sig=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D&se=5");
}

// The derived key of a group enrollment is an HMAC of the registration id: the same vector section.
TEST(SasToken, GroupKeyDerivationMatchesTheKnownAnswer) {
    EXPECT_EQ(base64_encode(hmac_sha256(counting_key(), as_bytes("dev-1"))),
              "uPrGCZtSCJ9Nt+iY0r7te47dbsu7OCYEU9tz7kQloUs=");
}

}  // namespace
}  // namespace device_agent::cloud
