// SPDX-License-Identifier: Apache-2.0
// Which hub a device is given.
#pragma once

#include "emulator/dps/attestation.hpp"
#include "emulator/dps/registration_store.hpp"

#include <variant>

namespace emulator::dps {

struct Allocation {
    std::string hub;                ///< one of the linked hubs
    nlohmann::json initial_twin{};  ///< null for an empty one
    nlohmann::json payload{};       ///< for the device; null when there is none
};

/// By the enrollment's policy, among the hubs that it names, else among all linked ones. A device that has a
/// hub keeps it where the policies leave a choice. `payload` is what the device sent along, for custom
/// allocation. The caller commits.
[[nodiscard]] std::variant<Allocation, RegistrationFailure> allocate(
    store::Transaction& transaction, const Attested& attested, const std::optional<Registration>& previous,
    const std::vector<std::string>& linked_hubs, const nlohmann::json& payload);

}  // namespace emulator::dps
