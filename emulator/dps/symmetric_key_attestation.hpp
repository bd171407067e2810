// SPDX-License-Identifier: Apache-2.0
// Attestation by symmetric key: a token signed with the enrollment's key, or with one derived from the
// group's.
#pragma once

#include "emulator/dps/caller.hpp"
#include "emulator/dps/group_proof.hpp"

#include <optional>
#include <vector>

namespace emulator::dps {

/// Either key will do; both become the device's keys at its hub. Throws Refusal (401).
[[nodiscard]] hub::Authentication attest_symmetric_key(const Caller& caller,
                                                       const SymmetricKeyMechanism& keys,
                                                       device_agent::WallTime now);

/// Nothing when no group has symmetric keys. Throws Refusal (401) when there are some and none fits.
[[nodiscard]] std::optional<GroupProof> attest_group_key(const Caller& caller,
                                                         const std::vector<Enrollment>& groups,
                                                         device_agent::WallTime now);

}  // namespace emulator::dps
