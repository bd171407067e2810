// SPDX-License-Identifier: Apache-2.0
// The open connections, and which one goes when there is no room: a good caller always gets in.
#pragma once

#include "app_api/caller.hpp"
#include "app_api/limits.hpp"

#include <cstdint>
#include <map>
#include <optional>

namespace device_agent::app_api {

/// Threading: one thread.
class ConnectionTable {
public:
    using Id = std::uint64_t;  ///< grows with each connection

    explicit ConnectionTable(const Limits& limits)
        : most_(limits.connections), most_of_user_(limits.connections_of_user) {}

    /// A new connection, idle at first.
    Id enter(const Caller& caller);
    void leave(Id id);
    /// Whether it waits for its peer, which may then do without it.
    void set_idle(Id id, bool idle);

    /// Who has to go before that caller can enter; nothing when there is room. Of the user with the most
    /// connections (of the caller's own, when it has too many), the process with the most: the connection
    /// that has been idle for longest; when none is idle, the one that has been busy for longest.
    [[nodiscard]] std::optional<Id> find_eviction(const Caller& caller) const;
    /// The same, when it is not about a limit: the system has no more descriptors.
    [[nodiscard]] std::optional<Id> find_eviction() const;
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
    struct Entry {
        uid_t uid;
        pid_t pid;
        bool is_idle;
        std::uint64_t since;  // when it became idle or busy, in steps of `steps_`
    };
    using Processes = std::map<pid_t, std::size_t>;
    struct User {
        std::size_t connections = 0;
        Processes processes;
    };
    [[nodiscard]] std::optional<Id> find_one_of(uid_t uid, const User& user) const;

    std::size_t most_;
    std::size_t most_of_user_;
    Id next_ = 1;
    std::uint64_t steps_ = 0;
    std::map<Id, Entry> entries_;
    std::map<uid_t, User> users_;
};

}  // namespace device_agent::app_api
