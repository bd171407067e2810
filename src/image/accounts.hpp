// SPDX-License-Identifier: Apache-2.0
// The users and groups that an image has, or makes when it first boots.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace device_agent::image {

/// Filled from the texts of passwd(5), group(5) and sysusers.d(5); lines that are none of theirs are passed
/// over.
class Accounts {
public:
    void read_passwd(std::string_view text);
    void read_group(std::string_view text);
    void read_sysusers(std::string_view text);

    [[nodiscard]] bool has_user(std::string_view name) const { return users_.contains(name); }
    [[nodiscard]] bool has_group(std::string_view name) const { return groups_.contains(name); }
    /// By its own group, or by an entry of the group.
    [[nodiscard]] bool is_member(std::string_view user, std::string_view group) const;
    /// The user's number is 0.
    [[nodiscard]] bool is_superuser(std::string_view user) const;

private:
    struct User {
        std::string number;
        std::string group;  ///< a name or a number
    };
    std::map<std::string, User, std::less<>> users_;
    std::map<std::string, std::string, std::less<>>
        groups_;  ///< name → number; empty where it is chosen at boot
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> members_;  ///< of a group
};

}  // namespace device_agent::image
