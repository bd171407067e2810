// SPDX-License-Identifier: Apache-2.0
#include "daemon/slot_changes.hpp"

#include <utility>

namespace device_agent::daemon {

std::uint64_t SlotChanges::key_of(unsigned slot) const {
    const std::scoped_lock lock(mutex_);
    const auto change = changes_.find(slot);
    return change == changes_.end() ? 0 : change->second.key;
}

bool SlotChanges::still_holds(unsigned slot, const identity::Identity& seen) const {
    const std::scoped_lock lock(mutex_);
    const auto change = changes_.find(slot);
    return change == changes_.end() || change->second.content == seen;
}

void SlotChanges::note(unsigned slot, std::optional<identity::Identity> content, bool has_another_key) {
    const std::scoped_lock lock(mutex_);
    auto& change = changes_[slot];
    change.content = std::move(content);
    if (has_another_key) ++change.key;
}

}  // namespace device_agent::daemon
