// SPDX-License-Identifier: Apache-2.0
// The Device Provisioning Service as devices see it, whatever they speak: register, operation status,
// registration status.
#pragma once

#include "emulator/dps/assignment.hpp"
#include "emulator/settings.hpp"

namespace emulator::dps {

/// Answers are those of the REST API: over MQTT, the status and Retry-After are part of the topic. They are
/// complete, refusals included: nothing but a failure of the emulator itself is thrown. Thread-safe.
class RegistrationService {
public:
    /// The longest body that the service takes.
    static constexpr std::size_t most_body_bytes = 96UL * 1024;

    /// The references outlive this object. `linked_hubs` is not empty, in lower case.
    RegistrationService(store::Database& database, const Settings& settings, std::string id_scope,
                        std::vector<std::string> linked_hubs, const hub::Registry& registry,
                        const device_agent::Clock& clock);
    RegistrationService(const RegistrationService&) = delete;
    RegistrationService& operator=(const RegistrationService&) = delete;

    /// Whether the caller's names and credential are in order, as a connection that will carry requests has
    /// to know before the first one: 200 without a body, else the refusal. A disabled enrollment is in order:
    /// its status is told in answer to a request.
    [[nodiscard]] http::Response authenticate(const Caller& caller);

    /// `body` is a DeviceRegistration. 202 with an operation that is under way, or over without a device.
    [[nodiscard]] http::Response register_device(const Caller& caller, std::string_view body);

    /// The state of the operation: 202 while it is under way, then 200.
    [[nodiscard]] http::Response operation_status(const Caller& caller, const std::string& operation_id);

    /// The state of the registration itself; `body` is a DeviceRegistration.
    [[nodiscard]] http::Response registration_status(const Caller& caller, std::string_view body);

private:
    template <typename Work>
    http::Response answer(const Caller& caller, Work work);
    void check_names(const Caller& caller) const;
    [[nodiscard]] Registration provision(store::Transaction& transaction, Attested attested,
                                         const nlohmann::json& payload) const;
    [[nodiscard]] http::Response assigning(const Caller& caller, const Registration& registration) const;

    store::Database& database_;
    const Settings& settings_;
    const std::string id_scope_;
    const std::vector<std::string> linked_hubs_;
    const device_agent::Clock& clock_;
    const hub::Registry& registry_;
    Attestation attestation_;
};

}  // namespace emulator::dps
