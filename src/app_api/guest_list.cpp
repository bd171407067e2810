// SPDX-License-Identifier: Apache-2.0
#include "app_api/guest_list.hpp"

#include <algorithm>
#include <utility>

namespace device_agent::app_api {

GuestList::Id GuestList::enter(const Caller& caller) {
    const auto id = next_++;
    guests_.emplace(id, Guest{caller.uid, caller.pid, true, ++steps_});
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
    const auto guest = guests_.find(id);
    if (guest == guests_.end()) return;
    guest->second.is_idle = idle;
    guest->second.since = ++steps_;
}

std::optional<GuestList::Id> GuestList::who_has_to_go(const Caller& caller) const {
    const auto user = users_.find(caller.uid);
    if (user != users_.end() && user->second.connections >= most_of_user_)
        return find_one_of(user->first, user->second);
    return guests_.size() < most_ ? std::nullopt : who_has_to_go();
}

std::optional<GuestList::Id> GuestList::who_has_to_go() const {
    if (users_.empty()) return std::nullopt;
    const auto user =
        std::ranges::max_element(users_, {}, [](const auto& entry) { return entry.second.connections; });
    return find_one_of(user->first, user->second);
}

std::optional<GuestList::Id> GuestList::find_one_of(uid_t uid, const User& user) const {
    const auto process = std::ranges::max_element(user.processes, {}, &Processes::value_type::second);
    std::optional<std::pair<Id, Guest>> found;
    const auto rank = [](const Guest& guest) { return std::pair(!guest.is_idle, guest.since); };
    for (const auto& [id, guest] : guests_) {
        if (guest.uid != uid || guest.pid != process->first) continue;
        if (!found || rank(guest) < rank(found->second)) found.emplace(id, guest);
    }
    return found ? std::optional(found->first) : std::nullopt;
}

}  // namespace device_agent::app_api
