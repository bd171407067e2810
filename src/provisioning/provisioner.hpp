// SPDX-License-Identifier: Apache-2.0
// Look, plan, apply, and look again until nothing is left to do.
#pragma once

#include "cloud/dps_client.hpp"
#include "provisioning/hub_session.hpp"
#include "provisioning/plan.hpp"
#include "provisioning/record.hpp"
#include "provisioning/services.hpp"

#include <optional>
#include <string>
#include <vector>

namespace device_agent::provisioning {

/// What the configuration wants of this device.
struct Goal {
    Desired desired;
    std::string payload;      ///< JSON text for custom allocation, empty for none
    unsigned hub_port = 443;  ///< HTTPS
};

/// Threading: one thread; the caller holds the state directory's lock, except for look_and_plan().
class Provisioner {
public:
    Provisioner(Goal goal, Services services);

    /// What provision() would begin with. Never writes and never calls the cloud.
    [[nodiscard]] Plan look_and_plan();

    /// Brings every slot to what is wanted. Each step is durable when it is told to `progress`; a module that
    /// fails does not hold up the others, and its error is thrown at the end. Errors: all of Error's codes.
    void provision(const CallContext& context);

private:
    [[nodiscard]] Found look();
    void apply(const Plan& plan, const CallContext& context);
    void apply(const RegisterDevice& action, const CallContext& context);
    void apply(const FinishSlot& action, const CallContext& context);
    void apply(const DiscardStaged& action);
    void obtain(const std::vector<ObtainModule>& wanted, const CallContext& context);

    void take_device_slot(unsigned slot, const identity::Identity& device, const CallContext& context);
    HubSession& hub(const CallContext& context);

    Goal goal_;
    Services services_;
    Record record_;
    std::optional<HubSession> hub_;
    bool device_refused_ = false;
    bool registered_ = false;
};

}  // namespace device_agent::provisioning
