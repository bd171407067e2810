// SPDX-License-Identifier: Apache-2.0
#include "app_api/accounts.hpp"

#include <cerrno>
#include <grp.h>
#include <pwd.h>
#include <vector>

namespace device_agent::app_api {
namespace {

constexpr std::size_t first_room = 1024;
constexpr std::size_t most_room = 1UL << 20U;  // a group may have many members

// `look_up` is getpwnam_r or getgrnam_r.
template <typename Entry, typename LookUp>
std::optional<Entry> find(const std::string& name, LookUp look_up) {
    std::vector<char> room(first_room);
    for (;;) {
        Entry entry{};
        Entry* found = nullptr;
        const int error = look_up(name.c_str(), &entry, room.data(), room.size(), &found);
        if (error == EINTR) continue;
        if (error == ERANGE && room.size() < most_room) {
            room.resize(room.size() * 4);
            continue;
        }
        if (error != 0 || found == nullptr) return std::nullopt;
        return entry;  // only its numbers are used: its texts lie in `room`
    }
}

}  // namespace

std::optional<uid_t> SystemAccounts::find_user(const std::string& name) {
    const auto entry = find<passwd>(name, ::getpwnam_r);
    return entry ? std::optional(entry->pw_uid) : std::nullopt;
}

std::optional<gid_t> SystemAccounts::find_group(const std::string& name) {
    const auto entry = find<group>(name, ::getgrnam_r);
    return entry ? std::optional(entry->gr_gid) : std::nullopt;
}

}  // namespace device_agent::app_api
