// SPDX-License-Identifier: Apache-2.0
// Who may get which identity. Denied unless granted.
#pragma once

#include "app_api/accounts.hpp"
#include "app_api/agent.hpp"
#include "app_api/caller.hpp"

#include <string>
#include <vector>

namespace device_agent::app_api {

/// What one caller may do.
struct Access {
    std::vector<std::string> applications;  ///< whose identities are theirs, in order of name
    bool is_administrator = false;

    [[nodiscard]] bool is_none() const noexcept { return applications.empty() && !is_administrator; }
    [[nodiscard]] bool includes(const std::string& application) const;
    friend bool operator==(const Access&, const Access&) = default;
};

/// The caller is in each list that has entries, and there is one that has. A user or group that does not
/// exist is nobody.
[[nodiscard]] bool holds(const config::Grant& grant, const Caller& caller, Accounts& accounts);

/// A pure function of its arguments; blocks as long as `accounts` does.
[[nodiscard]] Access access_of(const Caller& caller, const View& view, Accounts& accounts);

/// The applications that are granted to that unit alone. Where no process is there to be asked, a grant that
/// wants users or groups besides is not known to hold, and does not.
[[nodiscard]] std::vector<std::string> applications_of_unit(const std::string& unit, const View& view);

/// "user 1000, group 1000, groups 27 100, process 4711 of appb.service": as the kernel sees the caller, so
/// that a grant can be written.
[[nodiscard]] std::string describe(const Caller& caller);

}  // namespace device_agent::app_api
