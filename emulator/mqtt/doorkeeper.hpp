// SPDX-License-Identifier: Apache-2.0
// Which service a CONNECT is for, and whether that lets the client in.
#pragma once

#include "emulator/dps/registration_service.hpp"
#include "emulator/mqtt/hub_session.hpp"
#include "emulator/policy_keys.hpp"

namespace emulator::mqtt {

/// On a real service the host tells them apart; here it is the user name's form.
class ServiceDoorkeeper final : public Doorkeeper {
public:
    /// `policies`: by hub name; they say which hubs there are. All arguments outlive this object.
    ServiceDoorkeeper(dps::RegistrationService& registrations, hub::Services& hubs,
                      const HubPolicies& policies, faults::Switches& faults)
        : registrations_(registrations), hubs_(hubs), policies_(policies), faults_(faults) {}

    [[nodiscard]] Admitted admit(const Connect& connect, const Peer& peer,
                                 const std::shared_ptr<Outlet>& outlet) override;

private:
    [[nodiscard]] Admitted admit_to_hub(const Connect& connect, const Peer& peer,
                                        const std::shared_ptr<Outlet>& outlet);

    dps::RegistrationService& registrations_;
    hub::Services& hubs_;
    const HubPolicies& policies_;
    faults::Switches& faults_;
};

}  // namespace emulator::mqtt
