// SPDX-License-Identifier: Apache-2.0
// All that the hubs of the emulator consist of, wired together. The HTTP API, MQTT connections and DPS work
// on it.
#pragma once

#include "emulator/hub/authorization.hpp"
#include "emulator/hub/device_services.hpp"
#include "emulator/hub/registry.hpp"

namespace emulator::hub {

struct Services {
    /// The arguments outlive this object.
    Services(store::Database& the_database, const HubPolicies& policies, const device_agent::Clock& the_clock)
        : database(the_database), clock(the_clock), authorization(policies, the_clock) {}
    Services(const Services&) = delete;
    Services& operator=(const Services&) = delete;

    store::Database& database;
    const device_agent::Clock& clock;
    Authorization authorization;
    ConnectedDevices connected{clock};
    TelemetryLog telemetry{clock};
    CloudMessages cloud_messages{connected, clock};
    Twins twins{connected, clock};
    Registry registry{twins, connected, clock};
    DeviceServices device_services{database, twins, cloud_messages, telemetry, connected};

    [[nodiscard]] LiveState live_state(store::Transaction& transaction, const IdentityId& id) {
        auto live = connected.state(id);
        live.pending_messages = cloud_messages.count(transaction, id);
        return live;
    }
};

}  // namespace emulator::hub
