// SPDX-License-Identifier: Apache-2.0
// The Device Provisioning Service as back ends see it.
#pragma once

#include "emulator/dps/service_routes.hpp"
#include "emulator/policy_keys.hpp"

#include <set>

namespace emulator::dps {

/// The policy that a new instance of the service has.
inline constexpr std::string_view service_policy = "provisioningserviceowner";

/// Thread-safe.
class ServiceApi {
public:
    /// The references outlive this object. `host_names`: what a token's resource may be, when the request is
    /// addressed to it.
    ServiceApi(store::Database& database, const PolicyKeys& policies, std::set<std::string> host_names,
               std::vector<std::string> linked_hubs, const device_agent::Clock& clock);
    ServiceApi(const ServiceApi&) = delete;
    ServiceApi& operator=(const ServiceApi&) = delete;

    [[nodiscard]] http::Response handle(const http::Request& request);

private:
    http::Response dispatch(http::Call& call);
    void authorize(http::Call& call) const;

    const PolicyKeys& policies_;
    const std::set<std::string> host_names_;
    const ServiceContext context_;
    http::Router router_;
};

}  // namespace emulator::dps
