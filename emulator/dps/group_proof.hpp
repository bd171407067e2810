// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/dps/enrollment.hpp"
#include "emulator/hub/identity.hpp"

namespace emulator::dps {

/// Groups of each kind of attestation that there may be; the service's own limit. It bounds what a
/// registration costs, since the group is found by trying.
inline constexpr std::int64_t most_groups_of_a_kind = 100;
inline constexpr std::int64_t most_groups = 2 * most_groups_of_a_kind;

/// The group that a caller has proven to belong to.
struct GroupProof {
    const Enrollment* group = nullptr;  ///< one of those that were asked about
    hub::Authentication authentication{};
    nlohmann::json evidence = nlohmann::json::object();
};

}  // namespace emulator::dps
