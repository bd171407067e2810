// SPDX-License-Identifier: Apache-2.0
// Who may do what in a hub, by the shared access signature that came with it.
#pragma once

#include "emulator/http/router.hpp"
#include "emulator/hub/access_policy.hpp"
#include "emulator/hub/identity_store.hpp"
#include "emulator/policy_keys.hpp"
#include "emulator/sas/token.hpp"

namespace emulator::hub {

/// Why a token is not an identity's own, in words; nothing when it is. Checked are the identity's state, the
/// resource (that identity, or something below it that is no other identity), the signature and the expiry.
[[nodiscard]] std::optional<std::string> reason_against(const sas::Token& token, const Identity& identity,
                                                        const Identity& device, device_agent::WallTime now);

class Authorization {
public:
    /// By hub name, in lower case. The maps outlive this object.
    Authorization(const HubPolicies& policies, const device_agent::Clock& clock)
        : policies_(policies), clock_(clock) {}

    /// Lets a service policy with `right` pass. Throws Refusal (401) otherwise; names who it was in `call`.
    void require_policy(http::Call& call, const std::string& hub, Right right) const;

    /// Lets the device itself pass (by a token, else by the TLS client's certificate), or a policy with
    /// `right`, or one with the right to act as any device.
    void require_device_or_policy(http::Call& call, store::Transaction& transaction, const IdentityId& device,
                                  Right right) const;

private:
    void require_certificate(http::Call& call, store::Transaction& transaction,
                             const IdentityId& device) const;
    void check_policy(http::Call& call, const sas::Token& token, const std::string& hub,
                      std::initializer_list<Right> any_of) const;

    const HubPolicies& policies_;
    const device_agent::Clock& clock_;
};

}  // namespace emulator::hub
