// SPDX-License-Identifier: Apache-2.0
// The names of users and groups. A port, since a test has no users of its own making.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

namespace device_agent::app_api {

/// Threading: from any thread. May block, when names come from the network.
class Accounts {
public:
    Accounts() = default;
    Accounts(const Accounts&) = delete;
    Accounts& operator=(const Accounts&) = delete;
    virtual ~Accounts() = default;
    /// Nothing when there is no such user (now: the user of a unit with DynamicUser= is there while it runs).
    [[nodiscard]] virtual std::optional<uid_t> find_user(const std::string& name) = 0;
    [[nodiscard]] virtual std::optional<gid_t> find_group(const std::string& name) = 0;
};

/// As the system's name services say (nsswitch.conf(5)). Nothing is remembered: the number of a dynamic user
/// may be another's a moment later.
class SystemAccounts final : public Accounts {
public:
    [[nodiscard]] std::optional<uid_t> find_user(const std::string& name) override;
    [[nodiscard]] std::optional<gid_t> find_group(const std::string& name) override;
};

}  // namespace device_agent::app_api
