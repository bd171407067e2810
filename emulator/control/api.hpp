// SPDX-License-Identifier: Apache-2.0
// The emulator's own API, under /_emulator: what a test or a developer needs to set it up and to look into
// it.
#pragma once

#include "emulator/faults/switches.hpp"
#include "emulator/http/router.hpp"
#include "emulator/hub/services.hpp"
#include "emulator/instance/data_directory.hpp"
#include "emulator/record/traffic_record.hpp"
#include "emulator/settings.hpp"
#include "emulator/timer.hpp"

#include <set>

namespace emulator::control {

/// What the API works on; all outlive it.
struct Services {
    store::Database& database;
    Settings& settings;
    record::TrafficRecord& record;
    faults::Switches& faults;
    record::EventLog& events;
    const instance::Instance& instance;
    hub::Services& hub;
    const device_agent::Clock& clock;
    Timer& timer;
};

/// Thread-safe.
class Api {
public:
    Api(const Services& services, std::set<std::string> host_names);
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    [[nodiscard]] http::Response handle(const http::Request& request) const;

private:
    [[nodiscard]] http::Response dispatch(http::Call& call) const;

    Services services_;
    const std::set<std::string> host_names_;
    http::Router router_;
};

// Each group of operations adds its routes.
void add_status_routes(http::Router& router, const Services& services);
void add_event_routes(http::Router& router, const Services& services);
void add_record_routes(http::Router& router, const Services& services);
void add_enrollment_routes(http::Router& router, const Services& services);
void add_certificate_routes(http::Router& router, const Services& services);
void add_telemetry_routes(http::Router& router, const Services& services);
void add_hub_routes(http::Router& router, const Services& services);
void add_fault_routes(http::Router& router, const Services& services);
void add_state_fault_routes(http::Router& router, const Services& services);
void add_twin_routes(http::Router& router, const Services& services);

}  // namespace emulator::control
