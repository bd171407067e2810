// SPDX-License-Identifier: Apache-2.0
// All that the hubs of the emulator consist of, wired together. The HTTP API, MQTT connections and DPS work
// on it.
#pragma once

#include "emulator/hub/authorization.hpp"
#include "emulator/hub/configurations.hpp"
#include "emulator/hub/device_services.hpp"
#include "emulator/hub/registry.hpp"

namespace emulator::hub {

struct Services {
    /// The arguments outlive this object.
    Services(store::Database& the_database, store::Database& telemetry_database, const HubPolicies& policies,
             const device_agent::Clock& the_clock)
        : database(the_database),
          clock(the_clock),
          authorization(policies, the_clock),
          telemetry(telemetry_database, the_clock) {
        auto transaction = database.begin();
        CloudMessages::take_back_from_connections(transaction);
        transaction.commit();
    }
    Services(const Services&) = delete;
    Services& operator=(const Services&) = delete;

    store::Database& database;
    const device_agent::Clock& clock;
    Authorization authorization;
    ConnectedDevices connected{clock};
    TelemetryLog telemetry;
    CloudMessages cloud_messages{connected, clock};
    ConfigurationCache configuration_cache{database};
    Twins twins{configuration_cache, connected, clock};
    Configurations configurations{configuration_cache, twins, clock};
    Registry registry{twins, connected, clock};
    DeviceServices device_services{database, twins, cloud_messages, telemetry, connected};

    [[nodiscard]] LiveState live_state(store::Transaction& transaction, const IdentityId& id) {
        auto live = connected.state(id);
        live.pending_messages = cloud_messages.count(transaction, id);
        for (const auto& target : find_targets(transaction, id)) {
            live.configurations[target.configuration] = {{"status", target.applied ? "Applied" : "Targeted"}};
        }
        return live;
    }
};

}  // namespace emulator::hub
