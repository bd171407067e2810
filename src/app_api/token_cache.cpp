// SPDX-License-Identifier: Apache-2.0
#include "app_api/token_cache.hpp"

#include <algorithm>
#include <ctime>

namespace device_agent::app_api {

Moment moment_now() {
    timespec wall{};
    timespec boot{};
    ::clock_gettime(CLOCK_REALTIME, &wall);
    ::clock_gettime(CLOCK_BOOTTIME, &boot);
    return {WallTime(std::chrono::seconds(wall.tv_sec)), std::chrono::seconds(boot.tv_sec)};
}

TokenKey token_key(const ServedIdentity& served, std::chrono::seconds life) {
    return {served.slot.identity->sas_resource(), served.key_id, life};
}

bool TokenCache::is_fresh(const Moment& asked, std::chrono::seconds life, const Moment& now) {
    const auto is_recent = [&](std::chrono::seconds age) { return age.count() >= 0 && age * 10 <= life; };
    return is_recent(now.wall - asked.wall) && is_recent(now.since_boot - asked.since_boot);
}

TokenPointer TokenCache::find(const TokenKey& key, const Moment& now) {
    const auto entry = entries_.find(key);
    if (entry == entries_.end()) return nullptr;
    if (is_fresh(entry->second.asked, key.life, now)) return entry->second.token;
    entries_.erase(entry);
    return nullptr;
}

void TokenCache::keep(const TokenKey& key, TokenPointer token, const Moment& asked) {
    if (entries_.size() >= most_ && !entries_.contains(key)) {
        const auto by_age = [](const auto& entry) { return entry.second.asked.since_boot; };
        entries_.erase(std::ranges::min_element(entries_, {}, by_age));
    }
    entries_.insert_or_assign(key, Entry{std::move(token), asked});
}

}  // namespace device_agent::app_api
