// SPDX-License-Identifier: Apache-2.0
#include "attestation/dps_key_blob.hpp"

#include "foundation/encoding.hpp"
#include "foundation/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace device_agent::attestation {
namespace {

using ::testing::HasSubstr;

// Where each field begins, and what its length is, in example().
constexpr std::size_t field_1 = 0;
constexpr std::size_t field_2 = field_1 + 54;
constexpr std::size_t field_3 = field_2 + 258;
constexpr std::size_t field_4 = field_3 + 144;
constexpr std::size_t field_5 = field_4 + 258;
constexpr std::size_t field_6 = field_5 + 50;
constexpr std::size_t blob_size = field_6 + 2 + 26;

Bytes from_hex(const char* text) {
    return hex_decode(text).value();
}

void append(Bytes& bytes, const Bytes& more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

/// Known answers for fields 1, 3 and 5, made independently of this project; fields 2, 4 and 6 are opaque
/// here.
Bytes example() {
    Bytes encrypted_secret = from_hex("0100");
    for (unsigned i = 0; i < 256; ++i)
        encrypted_secret.push_back(static_cast<std::uint8_t>(0xA0 + i));
    Bytes text = from_hex("001a");
    text.insert(text.end(), 26, 0x5a);

    Bytes blob = from_hex(
        "003400204ca5dcb1e4a87ae93901b9352d7a80e5997df6f58c71b17e04b92a403bfc1975baae8b37c77fd3bc297e23fd8457"
        "9aaa3d67");
    append(blob, encrypted_secret);
    append(
        blob,
        from_hex(
            "008e002068bce647a0a2c14e52b2acececd85b3a7717130adc51e0243cd14cbfea3420d931bd7e3dd95b27225740db1"
            "f5897830cfd8e76660fd753cf30534db54a1c5e030e3f1a8765fe1f7e496e4d64bcf6007ef7020ea9a9d3e9d303de8f"
            "91974499c32d51995de0aeb6cd4560913488c71f65995211222f5d4cd1637c2a76172e6d4fc9e3ac2eaf2d6fefc34a"
            "f250"));
    append(blob, encrypted_secret);
    append(
        blob,
        from_hex(
            "00300008000b0004044000000005000b0020e52a0f5a123f3944305585b4c94814d3d51134dec9580573ae118bc89c"
            "245ce7"));
    append(blob, text);
    return blob;
}

std::string fault_of(const Bytes& blob) {
    try {
        static_cast<void>(parse_dps_key_blob(blob));
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::tpm);
        return error.what();
    }
    return "no fault";
}

Bytes changed(std::size_t position, std::uint8_t value) {
    Bytes blob = example();
    blob.at(position) = value;
    return blob;
}

TEST(DpsKeyBlob, IsTakenApartIntoItsFields) {
    const Bytes blob = example();
    ASSERT_EQ(blob.size(), blob_size);
    const auto between = [&](std::size_t from, std::size_t to) {
        return Bytes(blob.begin() + static_cast<std::ptrdiff_t>(from),
                     blob.begin() + static_cast<std::ptrdiff_t>(to));
    };
    const tpm::CredentialedKey key = parse_dps_key_blob(blob);
    EXPECT_EQ(key.credential_blob, between(field_1 + 2, field_2));
    EXPECT_EQ(key.secret, between(field_2 + 2, field_3));
    EXPECT_EQ(key.duplicate, between(field_3 + 2, field_4));
    EXPECT_EQ(key.in_sym_seed, between(field_4 + 2, field_5));
    EXPECT_EQ(key.public_area, between(field_5, field_6)) << "a whole TPM2B_PUBLIC";
}

TEST(DpsKeyBlob, TheSixthFieldMayHoldAnythingOrNothing) {
    Bytes empty_text = example();
    empty_text.resize(field_6);
    append(empty_text, {0x00, 0x00});
    EXPECT_EQ(parse_dps_key_blob(empty_text).public_area, parse_dps_key_blob(example()).public_area);
    EXPECT_EQ(fault_of(changed(blob_size - 1, 0x00)), "no fault");
}

TEST(DpsKeyBlob, AWrongLengthIsRefusedWithTheNameOfItsField) {
    EXPECT_EQ(fault_of(changed(field_2, 0x00)),
              "the key from DPS is malformed: field 2 (TPM2B_ENCRYPTED_SECRET of the credential) has length "
              "0, must be 256");
    EXPECT_EQ(fault_of(changed(field_1 + 3, 0x21)),
              "the key from DPS is malformed: field 1 (TPM2B_ID_OBJECT of the credential): its length of the "
              "integrity HMAC "
              "is 33, must be 32");
    EXPECT_EQ(fault_of(changed(field_6 + 1, 0x19)),
              "the key from DPS is malformed: field 6 (TPM2B of the identity text) has length 25, but 26 "
              "bytes follow");
}

struct LengthAt {
    std::size_t position;
    const char* field;
};

class EveryLengthByte : public ::testing::TestWithParam<LengthAt> {};

TEST_P(EveryLengthByte, IsRefusedWithTheNameOfItsFieldWhateverItBecomes) {
    const auto [position, field] = GetParam();
    const std::uint8_t right = example().at(position);
    for (unsigned value = 0; value < 256; ++value) {
        if (value == right) continue;
        EXPECT_THAT(fault_of(changed(position, static_cast<std::uint8_t>(value))), HasSubstr(field))
            << "byte " << position << " became " << value;
    }
}

INSTANTIATE_TEST_SUITE_P(Outer, EveryLengthByte,
                         ::testing::Values(LengthAt{field_1, "field 1"}, LengthAt{field_1 + 1, "field 1"},
                                           LengthAt{field_2, "field 2"}, LengthAt{field_2 + 1, "field 2"},
                                           LengthAt{field_3, "field 3"}, LengthAt{field_3 + 1, "field 3"},
                                           LengthAt{field_4, "field 4"}, LengthAt{field_4 + 1, "field 4"},
                                           LengthAt{field_5, "field 5"}, LengthAt{field_5 + 1, "field 5"},
                                           LengthAt{field_6, "field 6"}, LengthAt{field_6 + 1, "field 6"}));
INSTANTIATE_TEST_SUITE_P(Inner, EveryLengthByte,
                         ::testing::Values(LengthAt{field_1 + 2, "field 1"}, LengthAt{field_1 + 3, "field 1"},
                                           LengthAt{field_3 + 2, "field 3"}, LengthAt{field_3 + 3, "field 3"},
                                           LengthAt{field_5 + 10, "field 5"},
                                           LengthAt{field_5 + 11, "field 5"},
                                           LengthAt{field_5 + 16, "field 5"},
                                           LengthAt{field_5 + 17, "field 5"}));

TEST(DpsKeyBlob, ABlobThatEndsTooEarlyIsRefusedAtEveryLength) {
    const Bytes whole = example();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_THAT(fault_of(part), HasSubstr("field ")) << length;
    }
    Bytes longer = whole;
    longer.push_back(0);
    EXPECT_THAT(fault_of(longer), HasSubstr("field 6"));
}

TEST(DpsKeyBlob, AnotherKindOfKeyIsRefused) {
    constexpr std::size_t attributes = field_5 + 6;
    EXPECT_THAT(fault_of(changed(field_5 + 3, 0x01)), HasSubstr("its type is 1, must be 8"));
    EXPECT_THAT(fault_of(changed(field_5 + 5, 0x04)), HasSubstr("its name algorithm is 4, must be 11"));
    EXPECT_THAT(fault_of(changed(attributes + 3, 0x42)), HasSubstr("fixedTPM"));
    EXPECT_THAT(fault_of(changed(attributes + 3, 0x50)), HasSubstr("fixedParent"));
    EXPECT_THAT(fault_of(changed(field_5 + 13, 0x0a)), HasSubstr("its scheme is 10, must be 5"));
    EXPECT_THAT(fault_of(changed(field_5 + 15, 0x04)),
                HasSubstr("its hash algorithm of the scheme is 4, must be 11"));
}

}  // namespace
}  // namespace device_agent::attestation
