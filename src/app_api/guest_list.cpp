// SPDX-License-Identifier: Apache-2.0
#include "app_api/guest_list.hpp"

#include <algorithm>

namespace device_agent::app_api {

GuestList::Id GuestList::enter(const Caller& caller) {
    const auto id = next_++;
    guests_.emplace(id, Guest{caller.uid, caller.pid, true});
    auto& user = users_[caller.uid];
    ++user.connections;
    ++user.processes[caller.pid];
    return id;
}

void GuestList::leave(Id id) {
    const auto guest = guests_.find(id);
    if (guest == guests_.end()) return;
    const auto user = users_.find(guest->second.uid);
    const auto process = user->second.processes.find(guest->second.pid);
    if (--process->second == 0) user->second.processes.erase(process);
    if (--user->second.connections == 0) users_.erase(user);
    guests_.erase(guest);
}

void GuestList::set_idle(Id id, bool idle) {
    if (const auto guest = guests_.find(id); guest != guests_.end()) guest->second.is_idle = idle;
}

std::optional<GuestList::Id> GuestList::who_has_to_go(const Caller& caller) const {
    const auto user = users_.find(caller.uid);
    if (user != users_.end() && user->second.connections >= most_of_user_)
        return oldest_of(user->first, user->second);
    return guests_.size() < most_ ? std::nullopt : who_has_to_go();
}

std::optional<GuestList::Id> GuestList::who_has_to_go() const {
    if (users_.empty()) return std::nullopt;
    const auto user =
        std::ranges::max_element(users_, {}, [](const auto& entry) { return entry.second.connections; });
    return oldest_of(user->first, user->second);
}

std::optional<GuestList::Id> GuestList::oldest_of(uid_t uid, const User& user) const {
    const auto process = std::ranges::max_element(user.processes, {}, &Processes::value_type::second);
    std::optional<Id> oldest;
    for (const auto& [id, guest] : guests_) {
        if (guest.uid != uid || guest.pid != process->first) continue;
        if (guest.is_idle) return id;
        if (!oldest) oldest = id;
    }
    return oldest;
}

}  // namespace device_agent::app_api
