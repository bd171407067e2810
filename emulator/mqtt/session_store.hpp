// SPDX-License-Identifier: Apache-2.0
// What outlives the connection of a client with CleanSession 0: in the database, beside its identity, which
// takes it along when it is deleted.
#pragma once

#include "emulator/hub/identity.hpp"
#include "emulator/mqtt/packet.hpp"
#include "emulator/store/database.hpp"

#include <deque>
#include <map>

namespace emulator::mqtt {

struct KeptSession {
    std::map<std::string, Qos> subscriptions{};  ///< by filter
    std::deque<Publish> unacknowledged{};        ///< of QoS 1 and in UTF-8, in the order they were sent
};

[[nodiscard]] std::optional<KeptSession> find_session(store::Transaction& transaction,
                                                      const hub::IdentityId& id);
/// The identity exists.
void save_session(store::Transaction& transaction, const hub::IdentityId& id, const KeptSession& session);
/// Whether there was one.
bool erase_session(store::Transaction& transaction, const hub::IdentityId& id);

}  // namespace emulator::mqtt
