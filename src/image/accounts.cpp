// SPDX-License-Identifier: Apache-2.0
#include "image/accounts.hpp"

#include "image/lines.hpp"
#include "image/unit_file.hpp"

namespace device_agent::image {

void Accounts::read_passwd(std::string_view text) {
    for (Lines lines(text); auto line = lines.next();) {
        const auto name = take_until(*line, ':');
        const auto password = take_until(*line, ':');
        const auto number = take_until(*line, ':');
        const auto group = take_until(*line, ':');
        if (name.empty() || name.starts_with('#') || number.empty()) continue;
        static_cast<void>(password);
        users_.try_emplace(std::string(name), User{std::string(number), std::string(group)});
    }
}

void Accounts::read_group(std::string_view text) {
    for (Lines lines(text); auto line = lines.next();) {
        const auto name = take_until(*line, ':');
        const auto password = take_until(*line, ':');
        const auto number = take_until(*line, ':');
        if (name.empty() || name.starts_with('#') || number.empty()) continue;
        static_cast<void>(password);
        groups_.try_emplace(std::string(name), number);
        while (!line->empty())
            members_[std::string(name)].emplace(trim(take_until(*line, ',')));
    }
}

void Accounts::read_sysusers(std::string_view text) {
    for (Lines lines(text); const auto line = lines.next();) {
        const auto words = unit_words(trim(*line));
        if (words.size() < 2 || words[0].starts_with('#')) continue;
        const auto& name = words[1];
        const auto third = words.size() > 2 && words[2] != "-" ? words[2] : std::string();
        if (words[0] == "u" || words[0] == "u!") {
            // ID is UID, UID:GID, UID:GROUP or a path; without a group, one of the user's name is made.
            const auto colon = third.find(':');
            const bool names_group = colon != std::string::npos;
            users_.try_emplace(name,
                               User{third.substr(0, colon), names_group ? third.substr(colon + 1) : name});
            if (!names_group) groups_.try_emplace(name, "");
        } else if (words[0] == "g") {
            groups_.try_emplace(name, third);
        } else if (words[0] == "m" && !third.empty()) {
            users_.try_emplace(name, User{"", name});
            groups_.try_emplace(third, "");
            members_[third].insert(name);
        }
    }
}

bool Accounts::is_member(std::string_view user, std::string_view group) const {
    if (const auto entries = members_.find(group);
        entries != members_.end() && entries->second.contains(user))
        return true;
    const auto found = users_.find(user);
    if (found == users_.end()) return false;
    if (found->second.group == group) return true;
    const auto number = groups_.find(group);
    return number != groups_.end() && !number->second.empty() && number->second == found->second.group;
}

bool Accounts::is_superuser(std::string_view user) const {
    const auto found = users_.find(user);
    return user == "root" || (found != users_.end() && found->second.number == "0");
}

}  // namespace device_agent::image
