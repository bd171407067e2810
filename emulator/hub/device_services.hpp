// SPDX-License-Identifier: Apache-2.0
// What a device or module may do for itself, whatever it is connected by.
#pragma once

#include "emulator/hub/cloud_messages.hpp"
#include "emulator/hub/telemetry_log.hpp"
#include "emulator/hub/twins.hpp"

namespace emulator::hub {

/// Who calls has proven to be `id` before. All functions throw Refusal (error_json() and form_of() say how it
/// is told); also when the identity was deleted in the meantime. What they return from is on the disk.
/// Thread-safe; each call waits for the database.
class DeviceServices {
public:
    static constexpr std::size_t largest_telemetry = 256U * 1024U;

    DeviceServices(store::Database& database, Twins& twins, CloudMessages& messages, TelemetryLog& telemetry,
                   ConnectedDevices& connected)
        : database_(database),
          twins_(twins),
          messages_(messages),
          telemetry_(telemetry),
          connected_(connected) {}
    DeviceServices(const DeviceServices&) = delete;
    DeviceServices& operator=(const DeviceServices&) = delete;

    /// {"desired": {…, "$version": n}, "reported": {…, "$version": m}}
    [[nodiscard]] nlohmann::json twin(const IdentityId& id);

    /// `patch`: JSON text as it came. The new $version of the reported properties.
    std::int64_t report(const IdentityId& id, std::string_view patch);

    void send(const IdentityId& id, const Message& message);

    /// The next cloud-to-device message, on loan for CloudMessages::lock_duration; nothing when none waits. A
    /// link that goes away abandons what it has not settled.
    [[nodiscard]] std::optional<CloudMessage> receive(const IdentityId& id, Borrower borrower);
    void settle(const IdentityId& id, std::string_view lock_token, Settlement settlement);

private:
    [[nodiscard]] Identity identity_of(store::Transaction& transaction, const IdentityId& id);

    store::Database& database_;
    Twins& twins_;
    CloudMessages& messages_;
    TelemetryLog& telemetry_;
    ConnectedDevices& connected_;
};

}  // namespace emulator::hub
