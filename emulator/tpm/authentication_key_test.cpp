// SPDX-License-Identifier: Apache-2.0
#include "emulator/tpm/authentication_key.hpp"

#include "emulator/testing/software_tpm.hpp"

#include <gtest/gtest.h>

namespace emulator::tpm {
namespace {

using device_agent::SecretBytes;
using testing::other_software_tpm;
using testing::software_tpm;

device_agent::Bytes wrap(const SecretBytes& key) {
    return wrap_authentication_key(key, parse_storage_key(software_tpm().endorsement_key()),
                                   parse_storage_key(software_tpm().storage_root_key()), "hub.test/device-1");
}

TEST(AuthenticationKey, IsOpenedByTheTpmItWasMadeFor) {
    const SecretBytes key(32, 0x5a);
    const auto opened = software_tpm().open(wrap(key));
    EXPECT_EQ(opened.key, key);
    EXPECT_EQ(opened.uri, "hub.test/device-1");
}

TEST(AuthenticationKey, IsOfNoUseToAnotherTpm) {
    EXPECT_THROW(static_cast<void>(other_software_tpm().open(wrap(SecretBytes(32, 0x5a)))),
                 std::runtime_error);
}

TEST(AuthenticationKey, NeedsBothKeysOfOneTpm) {
    // The endorsement key is the other machine's: a thief who holds only the storage root key gets no inner
    // key.
    const auto blob =
        wrap_authentication_key(SecretBytes(32, 1), parse_storage_key(other_software_tpm().endorsement_key()),
                                parse_storage_key(software_tpm().storage_root_key()), "h/d");
    EXPECT_THROW(static_cast<void>(software_tpm().open(blob)), std::runtime_error);
    EXPECT_THROW(static_cast<void>(other_software_tpm().open(blob)), std::runtime_error);
}

TEST(AuthenticationKey, HasTheSizesThatDpsSends) {
    // ID object 54, seed 258, duplicate 144 (empty auth value), seed 258, public area 50, uri.
    EXPECT_EQ(wrap(SecretBytes(32, 1)).size(), 54U + 258U + 144U + 258U + 50U + 2U + 2U * 17U);
}

}  // namespace
}  // namespace emulator::tpm
