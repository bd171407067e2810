// SPDX-License-Identifier: Apache-2.0
// Configurations and whom they reached, in the database: rows in and out, no rules.
#pragma once

#include "emulator/hub/configuration.hpp"
#include "emulator/hub/identity.hpp"
#include "emulator/store/database.hpp"

namespace emulator::hub {

/// Of all hubs, each with its hub.
[[nodiscard]] std::vector<std::pair<std::string, Configuration>> load_configurations(
    store::Transaction& transaction);
/// Inserts or replaces.
void save_configuration(store::Transaction& transaction, const std::string& hub,
                        const Configuration& configuration);
void erase_configuration(store::Transaction& transaction, const std::string& hub, const std::string& id);
/// Of the next configuration to be created.
[[nodiscard]] std::int64_t next_configuration_sequence(store::Transaction& transaction);

/// A configuration that a twin matches.
struct ConfigurationTarget {
    std::string configuration;
    bool applied = false;              ///< some of its content is in the twin
    std::vector<query::Path> paths{};  ///< where it set something
    bool operator==(const ConfigurationTarget&) const = default;
};
/// Ordered by configuration.
[[nodiscard]] std::vector<ConfigurationTarget> find_targets(store::Transaction& transaction,
                                                            const IdentityId& id);
/// In place of those that there are.
void save_targets(store::Transaction& transaction, const IdentityId& id,
                  const std::vector<ConfigurationTarget>& targets);
struct TargetCounts {
    std::int64_t targeted = 0;
    std::int64_t applied = 0;
};
[[nodiscard]] TargetCounts count_targets(store::Transaction& transaction, const std::string& hub,
                                         const std::string& configuration);

}  // namespace emulator::hub
