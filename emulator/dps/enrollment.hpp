// SPDX-License-Identifier: Apache-2.0
// An enrollment: which machines may register, and as what.
#pragma once

#include "emulator/dps/attestation_mechanism.hpp"
#include "foundation/clock.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace emulator::dps {

/// What happens to a device that registers again. The defaults are the service's.
struct ReprovisionPolicy {
    bool update_hub_assignment = true;  ///< false: it stays at the hub that it has, with what it has
    bool migrate_device_data = true;    ///< false: it starts again with the initial twin
};

/// How a hub is chosen among those that the enrollment names, or all linked ones.
enum class AllocationPolicy {
    hashed,       ///< evenly, by registration id
    geo_latency,  ///< the nearest; here all are equally near, so as hashed
    fixed,        ///< "static": the first one
    custom,       ///< as a function of the owner's says
};

/// One device (individual), or all that a key or an authority vouches for (group).
struct Enrollment {
    EnrollmentKind kind = EnrollmentKind::individual;
    std::string id;                  ///< registration id or group id, as first written; case does not count
    AttestationMechanism mechanism;  ///< of that kind
    std::string device_id{};         ///< of an individual one that names it; else the registration id
    AllocationPolicy allocation_policy = AllocationPolicy::fixed;
    std::optional<std::string> hub{};    ///< iotHubHostName: one of the linked hubs, in lower case
    std::vector<std::string> hubs{};     ///< iotHubs, likewise
    nlohmann::json custom_allocation{};  ///< customAllocationDefinition; null when there is none
    bool enabled = true;
    ReprovisionPolicy reprovision_policy{};
    bool iot_edge = false;
    nlohmann::json initial_twin{};  ///< null when there is none

    std::string etag{};
    device_agent::WallTime created{};
    device_agent::WallTime updated{};

    /// What the device with that registration is called in its hub.
    [[nodiscard]] const std::string& device_id_for(const std::string& registration_id) const {
        return device_id.empty() ? registration_id : device_id;
    }
};

/// At most 128 ASCII letters, digits and : . _ - with a letter or a digit at both ends: the rule for
/// registration ids, and for group ids.
[[nodiscard]] bool is_valid_registration_id(std::string_view id);

/// The member that names an enrollment of that kind: "registrationId" or "enrollmentGroupId".
[[nodiscard]] const char* id_member(EnrollmentKind kind);

/// Reads an enrollment as the service API takes it, etag and times apart. `id` is the one in the path;
/// `present` is the enrollment that will be replaced, if there is one. Throws FormatError that names the
/// member.
[[nodiscard]] Enrollment parse_enrollment(const nlohmann::json& body, EnrollmentKind kind,
                                          const std::string& id, const std::vector<std::string>& linked_hubs,
                                          const Enrollment* present);

/// As the service API shows it: without keys.
[[nodiscard]] nlohmann::json to_json(const Enrollment& enrollment);

}  // namespace emulator::dps
