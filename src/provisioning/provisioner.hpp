// SPDX-License-Identifier: Apache-2.0
// Look, plan, apply, and look again until nothing is left to do.
#pragma once

#include "cloud/dps_client.hpp"
#include "provisioning/hub_session.hpp"
#include "provisioning/plan.hpp"
#include "provisioning/record.hpp"
#include "provisioning/services.hpp"

#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace device_agent::provisioning {

/// What the configuration, and the command line, want of this device.
struct Goal {
    Desired desired;
    std::string machine;      ///< a digest of what is this machine's alone: tells a copied state directory.
                              ///< Empty when nothing is
    std::string payload;      ///< JSON text for custom allocation, empty for none
    unsigned hub_port = 443;  ///< HTTPS
    bool verify = false;      ///< ask the hub whether it still knows the device, its modules and their keys
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
    void round(const Plan& plan, const CallContext& context);
    void require_room_for(const Plan& plan);
    void recover_from(const Error& error);
    void adopt_binding();

    void apply(const std::vector<DiscardStaged>& actions, const CallContext& context);
    void apply(const std::vector<RegisterDevice>& actions, const CallContext& context);
    void apply(const std::vector<ObtainModule>& actions, const CallContext& context);
    void apply(const std::vector<DropStale>& actions, const CallContext& context);
    void apply(const std::vector<TakeSlot>& actions, const CallContext& context);
    void apply(const std::vector<EraseSlot>& actions, const CallContext& context);
    void apply(const std::vector<PruneModule>& actions, const CallContext& context);

    void ask_the_hub(const CallContext& context);
    void stage_device(unsigned slot, const identity::Identity& device,
                      std::optional<identity::KeyMaterial> key);
    /// Fills seen_in_hub_ for every wanted module whose key was not proven in this run.
    void compare_with_hub(const CallContext& context);
    [[nodiscard]] HubModule compare_key(const DesiredModule& module, const cloud::Module& known);
    HubSession& hub(const CallContext& context);
    void keep_record();

    Goal goal_;
    Services services_;
    Record record_;
    std::optional<HubSession> hub_;
    std::string device_in_slot_;  // "hub/device", as it was looked at last
    // What this run has learnt beyond the slots; part of Found.
    bool device_refused_ = false;
    std::map<std::string, HubModule> seen_in_hub_;
    std::set<std::string> failed_modules_;
    std::exception_ptr first_failure_;
    bool registered_ = false;
    bool verified_ = false;
};

}  // namespace device_agent::provisioning
