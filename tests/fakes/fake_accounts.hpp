// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app_api/accounts.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace device_agent::fakes {

/// Users and groups that are there only for the test. Thread-safe.
class FakeAccounts final : public app_api::Accounts {
public:
    void set_user(const std::string& name, uid_t uid) {
        const std::scoped_lock lock(mutex_);
        users_[name] = uid;
    }
    void set_group(const std::string& name, gid_t gid) {
        const std::scoped_lock lock(mutex_);
        groups_[name] = gid;
    }

    [[nodiscard]] std::optional<uid_t> find_user(const std::string& name) override {
        const std::scoped_lock lock(mutex_);
        const auto found = users_.find(name);
        return found == users_.end() ? std::nullopt : std::optional(found->second);
    }
    [[nodiscard]] std::optional<gid_t> find_group(const std::string& name) override {
        const std::scoped_lock lock(mutex_);
        const auto found = groups_.find(name);
        return found == groups_.end() ? std::nullopt : std::optional(found->second);
    }

private:
    std::mutex mutex_;
    std::map<std::string, uid_t> users_;
    std::map<std::string, gid_t> groups_;
};

}  // namespace device_agent::fakes
