// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/session_store.hpp"

namespace emulator::mqtt {

std::optional<KeptSession> SessionStore::find(const hub::IdentityId& id,
                                              const std::string& generation_id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end() || found->second.generation_id != generation_id) return std::nullopt;
    return found->second;
}

void SessionStore::save(const hub::IdentityId& id, KeptSession session) {
    const std::scoped_lock lock(mutex_);
    sessions_.insert_or_assign(id, std::move(session));
}

void SessionStore::erase(const hub::IdentityId& id) {
    const std::scoped_lock lock(mutex_);
    sessions_.erase(id);
}

}  // namespace emulator::mqtt
