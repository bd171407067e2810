// SPDX-License-Identifier: Apache-2.0
// The Device Provisioning Service as back ends see it: individual enrollments.
#pragma once

#include "emulator/dps/enrollment_store.hpp"
#include "emulator/http/router.hpp"
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
    http::Response put_enrollment(http::Call& call);
    http::Response get_enrollment(http::Call& call);
    http::Response delete_enrollment(http::Call& call);
    http::Response query(http::Call& call);

    store::Database& database_;
    const PolicyKeys& policies_;
    const std::set<std::string> host_names_;
    const std::vector<std::string> linked_hubs_;
    const device_agent::Clock& clock_;
    http::Router router_;
};

/// An enrollment with the registration that was made by it, if there is one.
[[nodiscard]] nlohmann::json with_registration_state(store::Transaction& transaction,
                                                     const Enrollment& enrollment);

}  // namespace emulator::dps
