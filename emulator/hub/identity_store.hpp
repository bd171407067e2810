// SPDX-License-Identifier: Apache-2.0
// Identities and twins in the database: rows in and out, no rules.
#pragma once

#include "emulator/hub/identity.hpp"
#include "emulator/hub/twin.hpp"
#include "emulator/store/database.hpp"

#include <vector>

namespace emulator::hub {

[[nodiscard]] std::optional<Identity> find_identity(store::Transaction& transaction, const IdentityId& id);
/// Ordered by id; at most `most`.
[[nodiscard]] std::vector<Identity> list_devices(store::Transaction& transaction, const std::string& hub,
                                                 std::int64_t most);
/// Devices and modules, ordered by id.
[[nodiscard]] std::vector<Identity> list_identities(store::Transaction& transaction, const std::string& hub);
/// The next `most` devices, or modules, behind `after`.
[[nodiscard]] std::vector<Identity> list_identities_after(store::Transaction& transaction,
                                                          const IdentityId& after, bool modules,
                                                          std::int64_t most);
[[nodiscard]] std::vector<Identity> list_modules(store::Transaction& transaction, const IdentityId& device);
struct DeviceCounts {
    std::int64_t all = 0;
    std::int64_t enabled = 0;
};
[[nodiscard]] DeviceCounts count_devices(store::Transaction& transaction, const std::string& hub);
[[nodiscard]] std::int64_t count_modules(store::Transaction& transaction, const IdentityId& device);

void insert_identity(store::Transaction& transaction, const Identity& identity, const Twin& twin);
/// Leaves the twin as it is.
void update_identity(store::Transaction& transaction, const Identity& identity);
/// A device goes with its modules, an identity with its twin.
void erase_identity(store::Transaction& transaction, const IdentityId& id);

[[nodiscard]] std::optional<Twin> find_twin(store::Transaction& transaction, const IdentityId& id);
void update_twin(store::Transaction& transaction, const IdentityId& id, const Twin& twin);

}  // namespace emulator::hub
