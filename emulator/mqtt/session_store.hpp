// SPDX-License-Identifier: Apache-2.0
// What outlives the connection of a client with CleanSession 0. Kept in memory: a restart forgets sessions.
#pragma once

#include "emulator/hub/identity.hpp"
#include "emulator/mqtt/packet.hpp"

#include <deque>
#include <map>
#include <mutex>

namespace emulator::mqtt {

struct KeptSession {
    std::string generation_id{};  ///< of the identity: one that was deleted and made again has no session
    std::map<std::string, Qos> subscriptions{};  ///< by filter
    std::deque<Publish> unacknowledged{};        ///< of QoS 1, in the order in which they were sent
    std::uint16_t next_packet_id = 1;
};

/// Thread-safe.
class SessionStore {
public:
    [[nodiscard]] std::optional<KeptSession> find(const hub::IdentityId& id,
                                                  const std::string& generation_id) const;
    void save(const hub::IdentityId& id, KeptSession session);
    void erase(const hub::IdentityId& id);

private:
    mutable std::mutex mutex_;
    std::map<hub::IdentityId, KeptSession> sessions_;
};

}  // namespace emulator::mqtt
