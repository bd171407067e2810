// SPDX-License-Identifier: Apache-2.0
// Tokens for callers: from the cache, or signed once for all who wait for the same.
#pragma once

#include "app_api/agent.hpp"
#include "app_api/inbox.hpp"
#include "app_api/token_cache.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <vector>

namespace device_agent::app_api {

/// Threading: the API's thread.
class Minter {
public:
    using Done = std::function<void(TokenPointer, std::exception_ptr)>;
    using Now = std::function<Moment()>;

    Minter(TokenSource& source, InboxPointer inbox, std::size_t cached_tokens, Now now = moment_now)
        : source_(source), inbox_(std::move(inbox)), cache_(cached_tokens), now_(std::move(now)) {}

    /// The token that is there already; else null.
    [[nodiscard]] TokenPointer find(const ServedIdentity& served, std::chrono::seconds life) {
        return cache_.find(token_key(served, life), now_());
    }
    /// Has one signed; `done` is called later, on the API's thread. Call find() first.
    void mint(const ServedIdentity& served, std::chrono::seconds life, Done done);
    /// The keys may be others now: no token from before is handed out any more to who asks from now on.
    void forget();
    [[nodiscard]] std::uint64_t signatures() const noexcept { return signatures_; }

private:
    struct Pending {
        std::uint64_t number;
        Moment asked;
        std::vector<Done> waiting;
    };
    void finish(const TokenKey& key, std::uint64_t number, const TokenPointer& token,
                const std::exception_ptr& failure);

    TokenSource& source_;
    InboxPointer inbox_;
    TokenCache cache_;
    Now now_;
    std::map<TokenKey, Pending> pending_;
    std::map<std::uint64_t, std::vector<Done>> outdated_;  // by number: asked for before forget()
    std::uint64_t signatures_ = 0;
};

}  // namespace device_agent::app_api
