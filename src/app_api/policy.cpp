// SPDX-License-Identifier: Apache-2.0
#include "app_api/policy.hpp"

#include <algorithm>

namespace device_agent::app_api {
namespace {

constexpr std::size_t most_groups_described = 16;

bool is_in_units(const config::Grant& grant, const Caller& caller) {
    if (!caller.unit || std::ranges::find(grant.units, *caller.unit) == grant.units.end()) return false;
    // A unit that is not certain may only narrow what users or groups allow.
    return caller.unit_is_certain || !grant.users.empty() || !grant.groups.empty();
}

bool is_in_users(const config::Grant& grant, const Caller& caller, Accounts& accounts) {
    return std::ranges::any_of(grant.users,
                               [&](const auto& name) { return accounts.find_user(name) == caller.uid; });
}

bool is_in_groups(const config::Grant& grant, const Caller& caller, Accounts& accounts) {
    return std::ranges::any_of(grant.groups, [&](const auto& name) {
        const auto group = accounts.find_group(name);
        return group &&
               (*group == caller.gid || std::ranges::find(caller.groups, *group) != caller.groups.end());
    });
}

}  // namespace

bool Access::includes(const std::string& application) const {
    return std::ranges::find(applications, application) != applications.end();
}

// Units first: they ask no name service.
bool holds(const config::Grant& grant, const Caller& caller, Accounts& accounts) {
    if (grant.users.empty() && grant.groups.empty() && grant.units.empty()) return false;
    return (grant.units.empty() || is_in_units(grant, caller)) &&
           (grant.users.empty() || is_in_users(grant, caller, accounts)) &&
           (grant.groups.empty() || is_in_groups(grant, caller, accounts));
}

Access access_of(const Caller& caller, const View& view, Accounts& accounts) {
    Access access;
    for (const auto& [application, grant] : view.applications) {
        if (holds(grant, caller, accounts)) access.applications.push_back(application);
    }
    access.is_administrator = holds(view.administrators, caller, accounts);
    return access;
}

std::vector<std::string> applications_of_unit(const std::string& unit, const View& view) {
    std::vector<std::string> applications;
    for (const auto& [application, grant] : view.applications) {
        const bool by_unit_alone = grant.users.empty() && grant.groups.empty();
        if (by_unit_alone && std::ranges::find(grant.units, unit) != grant.units.end())
            applications.push_back(application);
    }
    return applications;
}

std::string describe(const Caller& caller) {
    std::string text = "user " + std::to_string(caller.uid) + ", group " + std::to_string(caller.gid);
    if (!caller.groups.empty()) {
        text += ", groups";
        for (std::size_t i = 0; i < caller.groups.size() && i < most_groups_described; ++i)
            text += ' ' + std::to_string(caller.groups[i]);
        if (caller.groups.size() > most_groups_described) text += " and more";
    }
    text += ", process " + std::to_string(caller.pid);
    if (caller.unit) text += (caller.unit_is_certain ? " of " : " perhaps of ") + *caller.unit;
    return text;
}

}  // namespace device_agent::app_api
