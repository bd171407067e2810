// SPDX-License-Identifier: Apache-2.0
// How much each caller may still ask for what costs.
#pragma once

#include "app_api/caller.hpp"
#include "app_api/limits.hpp"
#include "foundation/clock.hpp"

#include <map>
#include <utility>

namespace device_agent::app_api {

/// A bucket of tokens that fills with time.
class Bucket {
public:
    /// Full.
    Bucket(const Rate& rate, SteadyTime now) : level_(rate.burst), at_(now) {}
    /// What is in it now.
    [[nodiscard]] double level(const Rate& rate, SteadyTime now) const;
    void take(const Rate& rate, SteadyTime now, double cost);

private:
    double level_;
    SteadyTime at_;
};

/// Threading: one thread. Its memory is bounded by the rates: a bucket that is full again is forgotten.
class RateLimiter {
public:
    explicit RateLimiter(const Limits& limits) : process_rate_(limits.process), user_rate_(limits.user) {}

    /// Takes `cost` (one token, or a part of one) of the caller's process and of its user; false, and nothing
    /// taken, when one of the two has not a whole token.
    [[nodiscard]] bool take(const Caller& caller, SteadyTime now, double cost = 1);
    /// The same, where the caller gets what it asked for in any case: a bucket may be left empty.
    void charge(const Caller& caller, SteadyTime now, double cost = 1);
    /// Whether take() would succeed.
    [[nodiscard]] bool has(const Caller& caller, SteadyTime now) const;
    [[nodiscard]] std::size_t size() const noexcept { return processes_.size() + users_.size(); }

private:
    using ProcessKey = std::pair<uid_t, pid_t>;
    void forget_full(SteadyTime now);

    Rate process_rate_;
    Rate user_rate_;
    std::map<ProcessKey, Bucket> processes_;
    std::map<uid_t, Bucket> users_;
    std::size_t sweep_at_ = 64;
};

}  // namespace device_agent::app_api
