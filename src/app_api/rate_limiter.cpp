// SPDX-License-Identifier: Apache-2.0
#include "app_api/rate_limiter.hpp"

#include <algorithm>

namespace device_agent::app_api {
namespace {

template <typename Key>
bool has_one(const std::map<Key, Bucket>& buckets, const Key& key, const Rate& rate, SteadyTime now) {
    const auto bucket = buckets.find(key);
    return bucket == buckets.end() ? rate.burst >= 1 : bucket->second.level(rate, now) >= 1;
}

template <typename Key>
void forget_full_ones(std::map<Key, Bucket>& buckets, const Rate& rate, SteadyTime now) {
    std::erase_if(buckets, [&](const auto& entry) { return entry.second.level(rate, now) >= rate.burst; });
}

}  // namespace

double Bucket::level(const Rate& rate, SteadyTime now) const {
    const std::chrono::duration<double> passed = now - at_;
    return std::min(rate.burst, level_ + passed.count() * rate.per_second);
}

void Bucket::take(const Rate& rate, SteadyTime now, double cost) {
    level_ = std::max(0.0, level(rate, now) - cost);
    at_ = now;
}

bool RateLimiter::has(const Caller& caller, SteadyTime now) const {
    return has_one(users_, caller.uid, user_rate_, now) &&
           has_one(processes_, ProcessKey(caller.uid, caller.pid), process_rate_, now);
}

bool RateLimiter::take(const Caller& caller, SteadyTime now, double cost) {
    if (!has(caller, now)) return false;
    charge(caller, now, cost);
    return true;
}

void RateLimiter::charge(const Caller& caller, SteadyTime now, double cost) {
    users_.try_emplace(caller.uid, user_rate_, now).first->second.take(user_rate_, now, cost);
    processes_.try_emplace(ProcessKey(caller.uid, caller.pid), process_rate_, now)
        .first->second.take(process_rate_, now, cost);
    if (size() > sweep_at_) forget_full(now);
}

void RateLimiter::forget_full(SteadyTime now) {
    forget_full_ones(processes_, process_rate_, now);
    forget_full_ones(users_, user_rate_, now);
    // Not at every call, when all are in use.
    sweep_at_ = std::max<std::size_t>(64, 2 * size());
}

}  // namespace device_agent::app_api
