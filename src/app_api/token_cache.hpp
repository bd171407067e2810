// SPDX-License-Identifier: Apache-2.0
// Tokens that were signed a moment ago serve again: a signature costs the TPM some milliseconds.
#pragma once

#include "app_api/agent.hpp"
#include "cloud/sas_token.hpp"
#include "foundation/clock.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>

namespace device_agent::app_api {

/// The time by two clocks: one may be set, and the other cannot, and goes on while the machine sleeps.
struct Moment {
    WallTime wall{};
    std::chrono::seconds since_boot{};  ///< CLOCK_BOOTTIME
};

[[nodiscard]] Moment moment_now();

/// Which tokens are the same: those for one identity, by one key, of one asked life.
struct TokenKey {
    std::string resource;
    std::uint64_t key_id = 0;
    std::chrono::seconds life{};
    friend bool operator<(const TokenKey& a, const TokenKey& b) {
        return std::tie(a.resource, a.key_id, a.life) < std::tie(b.resource, b.key_id, b.life);
    }
};

[[nodiscard]] TokenKey token_key(const ServedIdentity& served, std::chrono::seconds life);

using TokenPointer = std::shared_ptr<const cloud::SasToken>;

/// Threading: one thread.
class TokenCache {
public:
    explicit TokenCache(std::size_t most) : most_(most) {}

    /// The token, as long as 90 % of the asked life remain by both clocks; null when there is none. When a
    /// clock was set meanwhile, what it said of the token's expiry is no longer trusted.
    [[nodiscard]] TokenPointer find(const TokenKey& key, const Moment& now);
    /// `asked` is when the token was asked for. When there is no room, the oldest goes.
    void keep(const TokenKey& key, TokenPointer token, const Moment& asked);
    void clear() noexcept { entries_.clear(); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
    struct Entry {
        TokenPointer token;
        Moment asked;
    };
    static bool is_fresh(const Moment& asked, std::chrono::seconds life, const Moment& now);

    std::size_t most_;
    std::map<TokenKey, Entry> entries_;
};

}  // namespace device_agent::app_api
