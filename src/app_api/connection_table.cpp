// SPDX-License-Identifier: Apache-2.0
#include "app_api/connection_table.hpp"

#include <algorithm>
#include <utility>

namespace device_agent::app_api {

ConnectionTable::Id ConnectionTable::enter(const Caller& caller) {
    const auto id = next_++;
    entries_.emplace(id, Entry{caller.uid, caller.pid, true, ++steps_});
    auto& user = users_[caller.uid];
    ++user.connections;
    ++user.processes[caller.pid];
    return id;
}

void ConnectionTable::leave(Id id) {
    const auto entry = entries_.find(id);
    if (entry == entries_.end()) return;
    const auto user = users_.find(entry->second.uid);
    const auto process = user->second.processes.find(entry->second.pid);
    if (--process->second == 0) user->second.processes.erase(process);
    if (--user->second.connections == 0) users_.erase(user);
    entries_.erase(entry);
}

void ConnectionTable::set_idle(Id id, bool idle) {
    const auto entry = entries_.find(id);
    if (entry == entries_.end()) return;
    entry->second.is_idle = idle;
    entry->second.since = ++steps_;
}

std::optional<ConnectionTable::Id> ConnectionTable::find_eviction(const Caller& caller) const {
    const auto user = users_.find(caller.uid);
    if (user != users_.end() && user->second.connections >= most_of_user_)
        return find_one_of(user->first, user->second);
    return entries_.size() < most_ ? std::nullopt : find_eviction();
}

std::optional<ConnectionTable::Id> ConnectionTable::find_eviction() const {
    if (users_.empty()) return std::nullopt;
    const auto user =
        std::ranges::max_element(users_, {}, [](const auto& entry) { return entry.second.connections; });
    return find_one_of(user->first, user->second);
}

std::optional<ConnectionTable::Id> ConnectionTable::find_one_of(uid_t uid, const User& user) const {
    const auto process = std::ranges::max_element(user.processes, {}, &Processes::value_type::second);
    std::optional<std::pair<Id, Entry>> found;
    const auto rank = [](const Entry& entry) { return std::pair(!entry.is_idle, entry.since); };
    for (const auto& [id, entry] : entries_) {
        if (entry.uid != uid || entry.pid != process->first) continue;
        if (!found || rank(entry) < rank(found->second)) found.emplace(id, entry);
    }
    return found ? std::optional(found->first) : std::nullopt;
}

}  // namespace device_agent::app_api
