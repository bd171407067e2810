// SPDX-License-Identifier: Apache-2.0
#include "emulator/tpm/storage_key.hpp"

#include "emulator/format_error.hpp"
#include "emulator/testing/software_tpm.hpp"
#include "emulator/tpm/object_name.hpp"
#include "foundation/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::tpm {
namespace {

using device_agent::Bytes;
using testing::software_tpm;

std::string refusal_of(const Bytes& area) {
    try {
        static_cast<void>(parse_storage_key(area));
        return "";
    } catch (const FormatError& error) {
        return error.what();
    }
}

// The storage root key with one byte of its TPM2B_PUBLIC replaced. Offsets follow TPMT_PUBLIC.
Bytes altered(std::size_t offset, std::uint8_t value) {
    Bytes area = software_tpm().storage_root_key();
    area.at(offset) = value;
    return area;
}

TEST(StorageKey, TakesBothPrimaryKeys) {
    const auto ek = parse_storage_key(software_tpm().endorsement_key());
    EXPECT_EQ(ek.modulus.size(), 256U);
    const auto srk = parse_storage_key(software_tpm().storage_root_key());
    EXPECT_EQ(srk.name, object_name(device_agent::ByteView(software_tpm().storage_root_key()).subspan(2)));
}

struct WrongByte {
    std::size_t offset;
    std::uint8_t value;
    const char* complaint;
};

class WrongStorageKey : public ::testing::TestWithParam<WrongByte> {};

TEST_P(WrongStorageKey, IsRefusedByTheNameOfItsField) {
    EXPECT_THAT(refusal_of(altered(GetParam().offset, GetParam().value)),
                ::testing::HasSubstr(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(Fields, WrongStorageKey,
                         ::testing::Values(WrongByte{3, 0x23, "type"}, WrongByte{5, 0x0c, "nameAlg"},
                                           WrongByte{7, 0x02, "objectAttributes"},  // not restricted
                                           WrongByte{7, 0x07, "objectAttributes"},  // signs as well
                                           WrongByte{9, 0x70, "objectAttributes"},  // not fixedTPM
                                           WrongByte{11, 0x05, "authPolicy"},
                                           WrongByte{13, 0x26, "symmetric.alg"},
                                           WrongByte{14, 0x01, "symmetric.keyBits"},
                                           WrongByte{17, 0x44, "mode"}, WrongByte{19, 0x14, "scheme"},
                                           WrongByte{20, 0x10, "keyBits"}, WrongByte{25, 0x03, "exponent"},
                                           WrongByte{27, 0xff, "unique"}, WrongByte{28, 0x00, "unique"}));

TEST(StorageKey, EveryCutIsRefused) {
    const auto& whole = software_tpm().endorsement_key();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_NE(refusal_of(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))), "")
            << size;
    }
    Bytes longer = whole;
    longer.push_back(0);
    EXPECT_THAT(refusal_of(longer), ::testing::HasSubstr("behind"));
}

TEST(DerivedRegistrationId, OfAKnownEndorsementKey) {
    // Public thread: azure-iot-sdk-c issue 2286.
    const auto ek = device_agent::base64_decode(
        "AToAAQALAAMAsgAgg3GXZ0SEs/gakMyNRqXXJP1S124GUgtk8qHaGzMUaaoABgCAAEMAEAgAAAAAAAEAtKEADl/"
        "sNRgmYAjP6gXmbccRaJoTnV"
        "ixisUaek0OwAzFGN70xt9ZOYp6fhIwfcft3fdVKOrKpXYcTe72CGNkGJGlQz5ti9n2pQ0uJhcX8aefh4Onm7lVlUCQAVp1K0r6zI"
        "8vkEXWsBIv"
        "wvxk0eMJbFaq146kbTkJHIGczb89RkFH2TX+CgXeZOG9oXQzUNwktmTUacspamune5Wywc/ce8HsDFYchyUHogFhrZ/"
        "LPnzyTDXO8sSC5z5dvs"
        "UBtUME3iRYDyKgZOfBtmRMqQewD+4iH+ZEJjtsyJiWR8hFhyKROnOuqXfNFwjd5IcNU4wtlKO0cLyXmTOfQK6Da1pr5Q==");
    ASSERT_TRUE(ek);
    EXPECT_EQ(derived_registration_id(*ek), "y5wivfciikcievvnsbpkhzcahwm4chuzx6v4hnqnlqfs3fjf6rxa");
    EXPECT_NO_THROW(static_cast<void>(parse_storage_key(*ek)));
}

}  // namespace
}  // namespace emulator::tpm
