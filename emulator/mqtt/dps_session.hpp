// SPDX-License-Identifier: Apache-2.0
// A device that registers by MQTT.
#pragma once

#include "emulator/dps/registration_service.hpp"
#include "emulator/faults/switches.hpp"
#include "emulator/mqtt/session.hpp"

namespace emulator::mqtt {

class DpsSession final : public Session {
public:
    /// `caller` was authenticated; `expiry`: of its token, if it has one.
    DpsSession(dps::RegistrationService& registrations, faults::Switches& faults, dps::Caller caller,
               std::optional<device_agent::WallTime> expiry, std::weak_ptr<Outlet> outlet)
        : registrations_(registrations),
          faults_(faults),
          caller_(std::move(caller)),
          expiry_(expiry),
          outlet_(std::move(outlet)) {}

    void publish(Publish message) override;
    [[nodiscard]] Qos subscribe(const Subscription& subscription) override;
    void unsubscribe(const std::string& filter) override;
    void acknowledged(std::uint16_t) override {}
    void deliver() override {}
    void end(bool) override {}
    [[nodiscard]] std::optional<device_agent::WallTime> expiry() const override { return expiry_; }

private:
    /// What a fault says in place of the service; nothing when the operation is to be carried out. `rest`: of
    /// the path by which the REST API does the same.
    [[nodiscard]] std::optional<http::Response> refused_by_fault(std::string_view operation,
                                                                 const std::string& method,
                                                                 const std::vector<std::string>& rest) const;
    void answer(const std::string& request_id, const http::Response& response);

    dps::RegistrationService& registrations_;
    faults::Switches& faults_;
    const dps::Caller caller_;
    const std::optional<device_agent::WallTime> expiry_;
    const std::weak_ptr<Outlet> outlet_;
    std::optional<Qos> granted_{};
    std::uint16_t last_packet_id_ = 0;
};

/// Reads `{idScope}/registrations/{registrationId}/api-version=…[&…]`. Throws FormatError that names the
/// part.
[[nodiscard]] dps::Caller parse_dps_user_name(std::string_view user_name);

/// Throws ConnectRefusal.
[[nodiscard]] Admitted admit_to_dps(dps::RegistrationService& registrations, faults::Switches& faults,
                                    const Connect& connect, const Peer& peer,
                                    const std::shared_ptr<Outlet>& outlet);

}  // namespace emulator::mqtt
