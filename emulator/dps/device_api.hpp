// SPDX-License-Identifier: Apache-2.0
// The Device Provisioning Service as devices see it: register, operation status, registration status.
#pragma once

#include "emulator/dps/assignment.hpp"
#include "emulator/dps/tpm_attestation.hpp"
#include "emulator/http/router.hpp"
#include "emulator/settings.hpp"

namespace emulator::dps {

/// Thread-safe.
class DeviceApi {
public:
    /// The references outlive this object. `linked_hubs` is not empty, in lower case.
    DeviceApi(store::Database& database, const Settings& settings, std::string id_scope,
              std::vector<std::string> linked_hubs, const hub::Registry& registry,
              const device_agent::Clock& clock);
    DeviceApi(const DeviceApi&) = delete;
    DeviceApi& operator=(const DeviceApi&) = delete;

    [[nodiscard]] http::Response handle(const http::Request& request);

private:
    http::Response dispatch(http::Call& call);
    http::Response put_registration(http::Call& call);
    http::Response get_operation(http::Call& call);
    http::Response post_status(http::Call& call);

    [[nodiscard]] std::string resource_of(const http::Call& call) const;
    [[nodiscard]] DeviceRegistration read_body(const http::Call& call) const;
    [[nodiscard]] Registration register_device(store::Transaction& transaction, const Enrollment& enrollment,
                                               const Assignment& assignment, const TpmProof& proof,
                                               const std::optional<Registration>& previous) const;
    [[nodiscard]] http::Response assigning(const http::Call& call, const Registration& registration) const;

    store::Database& database_;
    const Settings& settings_;
    const std::string id_scope_;
    const std::vector<std::string> linked_hubs_;
    const device_agent::Clock& clock_;
    const hub::Registry& registry_;
    TpmAttestation attestation_;
    http::Router router_;
};

}  // namespace emulator::dps
