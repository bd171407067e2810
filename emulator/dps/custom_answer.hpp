// SPDX-License-Identifier: Apache-2.0
// Custom allocation without the webhook: what it would answer is set by the control API.
#pragma once

#include "emulator/dps/attestation_mechanism.hpp"
#include "emulator/store/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace emulator::dps {

/// As a webhook answers: {"iotHubHostName": …, "initialTwin": {…}, "payload": any}.
struct CustomAnswer {
    std::string hub;                ///< in lower case
    nlohmann::json initial_twin{};  ///< null: the enrollment's
    nlohmann::json payload{};       ///< for the device; null when there is none
};

/// Throws FormatError that names the member.
[[nodiscard]] CustomAnswer parse_custom_answer(const nlohmann::json& body,
                                               const std::vector<std::string>& linked_hubs);
[[nodiscard]] nlohmann::json to_json(const CustomAnswer& answer);

struct ConfiguredAnswer {
    CustomAnswer answer;
    nlohmann::json last_request{};  ///< what the webhook would have been sent; null before the first time
};

[[nodiscard]] std::optional<ConfiguredAnswer> find_custom_answer(store::Transaction& transaction,
                                                                 EnrollmentKind kind, const std::string& id);
void save_custom_answer(store::Transaction& transaction, EnrollmentKind kind, const std::string& id,
                        const CustomAnswer& answer);
void save_custom_request(store::Transaction& transaction, EnrollmentKind kind, const std::string& id,
                         const nlohmann::json& request);
/// False when there was none.
bool erase_custom_answer(store::Transaction& transaction, EnrollmentKind kind, const std::string& id);

}  // namespace emulator::dps
