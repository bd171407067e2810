// SPDX-License-Identifier: Apache-2.0
#include "emulator/sas/group_key.hpp"

#include "foundation/encoding.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace emulator::sas {
namespace {

TEST(GroupKey, TheDerivedKeyMatchesTheKnownAnswer) {
    device_agent::Bytes group_key(32);
    std::iota(group_key.begin(), group_key.end(), std::uint8_t{0});
    EXPECT_EQ(device_agent::base64_encode(derive_device_key(group_key, "dev-1")),
              "uPrGCZtSCJ9Nt+iY0r7te47dbsu7OCYEU9tz7kQloUs=");
}

}  // namespace
}  // namespace emulator::sas
