// SPDX-License-Identifier: Apache-2.0
#include "foundation/backoff.hpp"
#include "foundation/clock.hpp"
#include "foundation/digest.hpp"
#include "foundation/encoding.hpp"
#include "foundation/error.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace device_agent {
namespace {

TEST(Encoding, Base64FollowsTheVectorsOfRfc4648) {
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        EXPECT_EQ(base64_encode(as_bytes(plain)), encoded);
        EXPECT_EQ(base64_encode_secret(as_bytes(plain)).view(), encoded);
        const auto decoded = base64_decode(encoded);
        ASSERT_TRUE(decoded) << encoded;
        EXPECT_EQ(std::string(decoded->begin(), decoded->end()), plain);
    }
}

TEST(Encoding, Base64RefusesWhatIsNotCanonical) {
    for (const char* wrong :
         {"Zg", "Zg=", "Zg===", "=Zg=", "Z===", "====", "Zh==", "Zm9=", "Zm9v\n", "Zm 9", "Zm9-", "Zm9_"}) {
        EXPECT_FALSE(base64_decode(wrong)) << wrong;
        EXPECT_FALSE(base64_decode_secret(wrong)) << wrong;
    }
}

TEST(Encoding, Base32FollowsTheVectorsOfRfc4648InLowerCaseWithoutPadding) {
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "my"},
                                                           {"fo", "mzxq"},
                                                           {"foo", "mzxw6"},
                                                           {"foob", "mzxw6yq"},
                                                           {"fooba", "mzxw6ytb"},
                                                           {"foobar", "mzxw6ytboi"}};
    for (const auto& [plain, encoded] : vectors)
        EXPECT_EQ(base32_encode(as_bytes(plain)), encoded);
}

TEST(Encoding, HexGoesBothWays) {
    EXPECT_EQ(hex_encode(as_bytes(std::string_view("\x00\xff\x10", 3))), "00ff10");
    EXPECT_EQ(hex_decode("00fF10"), (Bytes{0x00, 0xff, 0x10}));
    EXPECT_FALSE(hex_decode("0"));
    EXPECT_FALSE(hex_decode("0g"));
}

TEST(Encoding, PercentEncodingLeavesTheUnreservedAlone) {
    EXPECT_EQ(percent_encode("hub.example/devices/a b+c~_-."), "hub.example%2Fdevices%2Fa%20b%2Bc~_-.");
    EXPECT_EQ(percent_encode("\xc3\xa9"), "%C3%A9");
    EXPECT_EQ(percent_decode("a%2fb%2Fc+d"), "a/b/c+d");
    EXPECT_FALSE(percent_decode("a%2"));
    EXPECT_FALSE(percent_decode("a%zz"));
}

TEST(Digest, FollowsTheVectorsOfFips180AndRfc4231) {
    EXPECT_EQ(hex_encode(sha256(as_bytes("abc"))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const Bytes key(20, 0x0b);
    EXPECT_EQ(hex_encode(hmac_sha256(key, as_bytes("Hi There"))),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hex_encode(hmac_sha256({}, {})),
              "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Digest, ConstantTimeComparisonComparesLengthToo) {
    EXPECT_TRUE(equal_in_constant_time(as_bytes("same"), as_bytes("same")));
    EXPECT_FALSE(equal_in_constant_time(as_bytes("same"), as_bytes("sane")));
    EXPECT_FALSE(equal_in_constant_time(as_bytes("same"), as_bytes("same ")));
}

TEST(ErrorTable, GivesEachCodeItsExitCode) {
    EXPECT_EQ(translate(ErrorCode::internal).exit_code, 1);
    EXPECT_EQ(translate(ErrorCode::state).exit_code, 1);
    EXPECT_EQ(translate(ErrorCode::usage).exit_code, 2);
    EXPECT_EQ(translate(ErrorCode::configuration).exit_code, 3);
    EXPECT_EQ(translate(ErrorCode::not_provisioned).exit_code, 4);
    EXPECT_EQ(translate(ErrorCode::refused).exit_code, 5);
    EXPECT_EQ(translate(ErrorCode::network).exit_code, 6);
    EXPECT_EQ(translate(ErrorCode::tpm).exit_code, 7);
    EXPECT_EQ(translate(ErrorCode::permission).exit_code, 8);
    EXPECT_EQ(translate(ErrorCode::cancelled).exit_code, 1);
}

TEST(ErrorTable, ExplainTellsTheNestedCauses) {
    try {
        try {
            throw Error(ErrorCode::network, "connection reset");
        } catch (...) {
            std::throw_with_nested(Error(ErrorCode::network, "cannot reach the hub"));
        }
    } catch (const Error& error) {
        EXPECT_EQ(explain(error), "cannot reach the hub: connection reset");
    }
}

class FixedJitter final : public Jitter {
public:
    explicit FixedJitter(double value) : value_(value) {}
    double next() override { return value_; }

private:
    double value_;
};

TEST(Backoff, DoublesToItsCapWithinHalfAndWhole) {
    using std::chrono::milliseconds;
    FixedJitter none(0.0);
    FixedJitter nearly_all(0.999);
    Backoff low(milliseconds(1000), milliseconds(5000), none);
    Backoff high(milliseconds(1000), milliseconds(5000), nearly_all);
    for (const int whole : {1000, 2000, 4000, 5000, 5000}) {
        EXPECT_EQ(low.next(), milliseconds(whole / 2));
        const auto delay = high.next();
        EXPECT_GT(delay, milliseconds(whole * 9 / 10));
        EXPECT_LE(delay, milliseconds(whole));
    }
}

TEST(Clock, FormatsAndParsesTimes) {
    const WallTime time{std::chrono::seconds(1700000000)};
    EXPECT_EQ(format_utc(time), "2023-11-14T22:13:20Z");
    EXPECT_EQ(parse_http_date("Tue, 14 Nov 2023 22:13:20 GMT"), time);
    EXPECT_FALSE(parse_http_date("yesterday"));
    EXPECT_FALSE(parse_http_date("Tue, 14 Nov 2023 22:13:20 GMT+1"));
}

TEST(Clock, WaitEndsAtOnceWhenAskedToStop) {
    SystemClock clock;
    std::stop_source stop;
    std::jthread stopper([&] { stop.request_stop(); });
    EXPECT_THROW(clock.wait(std::chrono::hours(1), stop.get_token()), Error);
}

}  // namespace
}  // namespace device_agent
