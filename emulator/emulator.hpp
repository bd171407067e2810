// SPDX-License-Identifier: Apache-2.0
// All services of the emulator behind one function: a request in, a response out.
#pragma once

#include "emulator/control/api.hpp"
#include "emulator/dps/device_api.hpp"
#include "emulator/dps/service_api.hpp"
#include "emulator/hub/api.hpp"
#include "emulator/mqtt/conversation.hpp"
#include "emulator/mqtt/doorkeeper.hpp"

namespace emulator {

/// Thread-safe.
class Emulator {
public:
    /// `clock` outlives the emulator.
    Emulator(std::unique_ptr<store::Database> database, std::unique_ptr<store::Database> telemetry,
             instance::Instance instance, const device_agent::Clock& clock);
    Emulator(const Emulator&) = delete;
    Emulator& operator=(const Emulator&) = delete;
    ~Emulator() { stop_waiting(); }

    /// Answers the request and enters both into the record. Does not throw. The connection must be open in
    /// the record.
    [[nodiscard]] http::Response handle(const http::Request& request, record::ConnectionNumber connection);

    /// For devices that register by another protocol than HTTP.
    [[nodiscard]] dps::RegistrationService& registrations() { return registrations_; }
    /// For clients that speak MQTT.
    [[nodiscard]] mqtt::Services& mqtt() { return mqtt_; }
    [[nodiscard]] hub::Services& hub_services() { return hub_services_; }
    [[nodiscard]] record::TrafficRecord& record() { return record_; }

    /// Nothing is answered later any more: to be called when those who wait for answers are about to go.
    void stop_waiting();

private:
    [[nodiscard]] http::Response answer(record::Service service, const http::Request& request);
    [[nodiscard]] http::Response failure(record::Service service) const;

    const device_agent::Clock& clock_;
    std::unique_ptr<store::Database> database_;
    std::unique_ptr<store::Database> telemetry_;
    instance::Instance instance_;
    Settings settings_;
    ThreadTimer timer_;
    record::EventLog events_;
    record::TrafficRecord record_;
    faults::Switches faults_;
    hub::Services hub_services_;
    hub::DirectMethods methods_;
    dps::RegistrationService registrations_;
    dps::DeviceApi dps_device_;
    dps::ServiceApi dps_service_;
    hub::Api hub_;
    control::Api control_;
    mqtt::ServiceDoorkeeper doorkeeper_;
    mqtt::Services mqtt_;
};

}  // namespace emulator
