// SPDX-License-Identifier: Apache-2.0
// The Device Provisioning Service's device API over HTTP.
#pragma once

#include "emulator/dps/registration_service.hpp"
#include "emulator/http/router.hpp"

namespace emulator::dps {

/// Thread-safe.
class DeviceApi {
public:
    /// The references outlive this object.
    DeviceApi(RegistrationService& service, const device_agent::Clock& clock);
    DeviceApi(const DeviceApi&) = delete;
    DeviceApi& operator=(const DeviceApi&) = delete;

    [[nodiscard]] http::Response handle(const http::Request& request);

private:
    http::Response dispatch(http::Call& call);

    const device_agent::Clock& clock_;
    http::Router router_;
};

}  // namespace emulator::dps
