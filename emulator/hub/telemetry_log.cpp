// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/telemetry_log.hpp"

#include <algorithm>

namespace emulator::hub {
namespace {

bool matches(const TelemetryLog::Filter& filter, const IdentityId& id) {
    return filter.hub.value_or(id.hub) == id.hub && filter.device.value_or(id.device) == id.device &&
           filter.module.value_or(id.module) == id.module;
}

}  // namespace

void TelemetryLog::append(const IdentityId& from, Message message) {
    const std::scoped_lock lock(mutex_);
    bytes_ += message.size();
    entries_.push_back({next_++, from, clock_.now(), std::move(message)});
    while (entries_.size() > most_entries || bytes_ > most_bytes) {
        bytes_ -= entries_.front().message.size();
        entries_.pop_front();
    }
}

std::vector<TelemetryEntry> TelemetryLog::read(const Filter& filter) const {
    const std::scoped_lock lock(mutex_);
    std::vector<TelemetryEntry> found;
    auto entry = std::upper_bound(entries_.begin(), entries_.end(), filter.after,
                                  [](std::uint64_t after, const auto& e) { return after < e.sequence; });
    for (; entry != entries_.end() && found.size() < filter.most; ++entry) {
        if (matches(filter, entry->from)) found.push_back(*entry);
    }
    return found;
}

void TelemetryLog::clear() {
    const std::scoped_lock lock(mutex_);
    entries_.clear();
    bytes_ = 0;
}

}  // namespace emulator::hub
