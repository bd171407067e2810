// SPDX-License-Identifier: Apache-2.0
// An individual enrollment: which machine may register, and as what.
#pragma once

#include "foundation/bytes.hpp"
#include "foundation/clock.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace emulator::dps {

/// What happens to a device that registers again. The defaults are the service's.
struct ReprovisionPolicy {
    bool update_hub_assignment = true;  ///< false: it stays at the hub that it has
    bool migrate_device_data = true;    ///< false: at a new hub it starts with the initial twin
};

struct Enrollment {
    std::string registration_id;          ///< as it was first written; compared without regard to case
    std::string device_id;                ///< the registration id where the enrollment names none
    device_agent::Bytes endorsement_key;  ///< TPM2B_PUBLIC with its size
    std::optional<std::string> hub{};     ///< one of the linked hubs, in lower case
    bool enabled = true;
    ReprovisionPolicy reprovision_policy{};
    nlohmann::json initial_twin{};  ///< null when there is none

    std::string etag{};
    device_agent::WallTime created{};
    device_agent::WallTime updated{};
};

/// At most 128 ASCII letters, digits and : . _ - with a letter or a digit at both ends.
[[nodiscard]] bool is_valid_registration_id(std::string_view id);

/// Reads an enrollment as the service API takes it, etag and times apart. `registration_id` is the one in the
/// path. Throws FormatError that names the member.
[[nodiscard]] Enrollment parse_enrollment(const nlohmann::json& body, const std::string& registration_id,
                                          const std::vector<std::string>& linked_hubs);

/// As the service API shows it.
[[nodiscard]] nlohmann::json to_json(const Enrollment& enrollment);

}  // namespace emulator::dps
