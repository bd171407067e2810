// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/assignment.hpp"

#include <algorithm>

namespace emulator::dps {
namespace {

using hub::Identity;
using hub::IdentityId;
using store::Transaction;

constexpr auto initial_assignment = "initialAssignment";
constexpr auto device_data_migrated = "deviceDataMigrated";
constexpr auto device_data_reset = "deviceDataReset";
constexpr auto reprovisioned_to_initial_assignment = "reprovisionedToInitialAssignment";

std::optional<std::string> choose_hub(const Enrollment& enrollment,
                                      const std::optional<Registration>& previous,
                                      const std::vector<std::string>& linked_hubs) {
    const auto is_linked = [&](const std::string& hub) {
        return std::find(linked_hubs.begin(), linked_hubs.end(), hub) != linked_hubs.end();
    };
    const bool stays = previous && is_linked(previous->hub) &&
                       (!enrollment.hub || !enrollment.reprovision_policy.update_hub_assignment);
    if (stays) return previous->hub;
    if (!enrollment.hub) return linked_hubs.front();
    if (!is_linked(*enrollment.hub)) return std::nullopt;
    return enrollment.hub;
}

// A device that authenticates by other means gets keys: they are what its TPM is handed.
Identity keep(Transaction& transaction, const hub::Registry& registry, const Identity& device) {
    if (device.authentication.type == hub::AuthenticationType::sas) return device;
    return registry.update(transaction, device.id, {.authentication = hub::Authentication{}}, "*");
}

}  // namespace

std::optional<Assignment> assign(Transaction& transaction, const hub::Registry& registry,
                                 const Enrollment& enrollment, const std::optional<Registration>& previous,
                                 const std::vector<std::string>& linked_hubs, device_agent::WallTime now) {
    const auto hub = choose_hub(enrollment, previous, linked_hubs);
    if (!hub) return std::nullopt;
    auto twin = hub::new_twin(enrollment.initial_twin, now);
    std::string substatus = previous ? reprovisioned_to_initial_assignment : initial_assignment;

    if (previous && previous->hub != *hub) {
        const IdentityId old{previous->hub, previous->device_id};
        const auto old_twin = hub::find_twin(transaction, old);
        const bool migrates = enrollment.reprovision_policy.migrate_device_data;
        if (migrates && old_twin) twin = *old_twin;
        substatus = migrates ? device_data_migrated : device_data_reset;
        if (old_twin) registry.remove(transaction, old, std::nullopt);
    }
    const IdentityId id{*hub, enrollment.device_id};
    const auto present = hub::find_identity(transaction, id);
    if (present) return Assignment{keep(transaction, registry, *present), substatus};
    return Assignment{registry.create(transaction, id, {}, twin), substatus};
}

}  // namespace emulator::dps
