// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/assignment.hpp"

namespace emulator::dps {
namespace {

using hub::Authentication;
using hub::Identity;
using hub::IdentityId;
using store::Transaction;

constexpr auto initial_assignment = "initialAssignment";
constexpr auto device_data_migrated = "deviceDataMigrated";
constexpr auto device_data_reset = "deviceDataReset";
constexpr auto reprovisioned_to_initial_assignment = "reprovisionedToInitialAssignment";

// Keys that the device's attestation does not give are the hub's: those that are there stay.
bool proves(const Authentication& present, const Authentication& wanted) {
    if (present.type != wanted.type) return false;
    if (wanted.type != hub::AuthenticationType::sas) {
        return present.primary_thumbprint == wanted.primary_thumbprint &&
               present.secondary_thumbprint == wanted.secondary_thumbprint;
    }
    return wanted.primary_key.empty() ||
           (present.primary_key == wanted.primary_key && present.secondary_key == wanted.secondary_key);
}

Identity keep(Transaction& transaction, const hub::Registry& registry, const Identity& device,
              const Authentication& wanted) {
    if (proves(device.authentication, wanted)) return device;
    return registry.update(transaction, device.id, {.authentication = wanted}, "*");
}

}  // namespace

Assignment assign(Transaction& transaction, const hub::Registry& registry, const Attested& attested,
                  const Allocation& allocation, const std::optional<Registration>& previous,
                  device_agent::WallTime now) {
    const auto& policy = attested.enrollment.reprovision_policy;
    const bool had_device = previous && !previous->hub.empty();
    const IdentityId id{allocation.hub, attested.enrollment.device_id_for(attested.registration_id)};
    auto twin = hub::new_twin(allocation.initial_twin, now);
    std::string substatus = had_device ? reprovisioned_to_initial_assignment : initial_assignment;

    if (had_device && previous->hub != allocation.hub) {
        const IdentityId old{previous->hub, previous->device_id};
        const auto old_twin = hub::find_twin(transaction, old);
        if (policy.migrate_device_data && old_twin) twin = *old_twin;
        substatus = policy.migrate_device_data ? device_data_migrated : device_data_reset;
        if (old_twin) registry.remove(transaction, old, std::nullopt);
    }
    if (const auto present = hub::find_identity(transaction, id)) {
        auto device = keep(transaction, registry, *present, attested.authentication);
        // A reset at the hub that the device is at is a return to the factory's state.
        if (had_device && policy.update_hub_assignment && !policy.migrate_device_data) {
            hub::update_twin(transaction, id, twin);
            substatus = device_data_reset;
        }
        return {std::move(device), substatus};
    }
    return {registry.create(transaction, id, {.authentication = attested.authentication}, twin), substatus};
}

}  // namespace emulator::dps
