// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/allocation.hpp"

#include "emulator/ascii.hpp"
#include "emulator/dps/custom_answer.hpp"
#include "foundation/digest.hpp"

#include <algorithm>

namespace emulator::dps {
namespace {

// Seen in the field for a webhook that did not answer well, and for a hub that is not linked.
constexpr int custom_allocation_failed = 400207;
constexpr int hub_not_linked = 400208;

using Hubs = std::vector<std::string>;

bool contains(const Hubs& hubs, const std::string& hub) {
    return std::find(hubs.begin(), hubs.end(), hub) != hubs.end();
}

// Those that the enrollment names and that are still linked; all of them when it names none.
Hubs candidates(const Enrollment& enrollment, const Hubs& linked_hubs) {
    Hubs named = enrollment.hubs;
    if (enrollment.hub && !contains(named, *enrollment.hub)) named.insert(named.begin(), *enrollment.hub);
    if (named.empty()) return linked_hubs;
    named.erase(std::remove_if(named.begin(), named.end(),
                               [&](const auto& hub) { return !contains(linked_hubs, hub); }),
                named.end());
    return named;
}

// The same hub for the same device, whatever the order in which the hubs were named.
const std::string& by_hash(const std::string& registration_id, Hubs& hubs) {
    std::sort(hubs.begin(), hubs.end());
    const auto digest = device_agent::sha256(device_agent::as_bytes(lower_case(registration_id)));
    const auto number = static_cast<std::size_t>((digest[0] << 8) + digest[1]);
    return hubs[number % hubs.size()];
}

bool names_hubs(const Enrollment& enrollment) {
    return enrollment.hub || !enrollment.hubs.empty();
}

nlohmann::json webhook_request(const Attested& attested, const Hubs& hubs, const nlohmann::json& payload) {
    const auto& enrollment = attested.enrollment;
    nlohmann::json context = attested.evidence;
    context["registrationId"] = attested.registration_id;
    if (!payload.is_null()) context["payload"] = payload;
    const auto* member =
        enrollment.kind == EnrollmentKind::individual ? "individualEnrollment" : "enrollmentGroup";
    return {{"deviceRuntimeContext", context}, {"linkedHubs", hubs}, {member, to_json(enrollment)}};
}

std::variant<Allocation, RegistrationFailure> allocate_custom(store::Transaction& transaction,
                                                              const Attested& attested, const Hubs& hubs,
                                                              const nlohmann::json& payload) {
    const auto& enrollment = attested.enrollment;
    const auto configured = find_custom_answer(transaction, enrollment.kind, enrollment.id);
    if (!configured) {
        return RegistrationFailure{custom_allocation_failed,
                                   "Custom allocation failed: the emulator calls no webhook, and its control "
                                   "API was told no answer for this enrollment"};
    }
    save_custom_request(transaction, enrollment.kind, enrollment.id,
                        webhook_request(attested, hubs, payload));
    const auto& answer = configured->answer;
    if (!contains(hubs, answer.hub)) {
        return RegistrationFailure{hub_not_linked,
                                   "Custom allocation chose a hub that the enrollment may not use"};
    }
    return Allocation{answer.hub,
                      answer.initial_twin.is_null() ? enrollment.initial_twin : answer.initial_twin,
                      answer.payload};
}

}  // namespace

std::variant<Allocation, RegistrationFailure> allocate(store::Transaction& transaction,
                                                       const Attested& attested,
                                                       const std::optional<Registration>& previous,
                                                       const std::vector<std::string>& linked_hubs,
                                                       const nlohmann::json& payload) {
    const auto& enrollment = attested.enrollment;
    const bool has_hub = previous && contains(linked_hubs, previous->hub);
    if (has_hub && !enrollment.reprovision_policy.update_hub_assignment)
        return Allocation{previous->hub, enrollment.initial_twin, previous->payload};

    auto hubs = candidates(enrollment, linked_hubs);
    if (hubs.empty())
        return RegistrationFailure{hub_not_linked, "None of the enrollment's hubs is a linked hub"};
    switch (enrollment.allocation_policy) {
        case AllocationPolicy::custom:
            return allocate_custom(transaction, attested, hubs, payload);
        case AllocationPolicy::hashed:
        case AllocationPolicy::geo_latency:
            if (has_hub && contains(hubs, previous->hub))
                return Allocation{previous->hub, enrollment.initial_twin};
            return Allocation{by_hash(attested.registration_id, hubs), enrollment.initial_twin};
        case AllocationPolicy::fixed:
            break;
    }
    if (has_hub && !names_hubs(enrollment)) return Allocation{previous->hub, enrollment.initial_twin};
    return Allocation{hubs.front(), enrollment.initial_twin};
}

}  // namespace emulator::dps
