// SPDX-License-Identifier: Apache-2.0
// What configurations make of one twin.
#pragma once

#include "emulator/hub/configuration_store.hpp"
#include "emulator/hub/twin.hpp"

#include <map>
#include <memory>

namespace emulator::hub {

/// Those of one hub; in each other's way, a later one wins: ordered by priority, then by creation.
using ConfigurationList = std::vector<Configuration>;

/// What a twin is to become.
struct Configured {
    nlohmann::json desired;  ///< all values of its desired properties
    std::vector<ConfigurationTarget> targets;
};

/// A function of its arguments alone. `before`: the twin's targets so far; what those set and nobody sets any
/// more is taken out. `targets` says what each configuration is to the twin now.
[[nodiscard]] Configured configure(const Identity& identity, const Twin& twin,
                                   const ConfigurationList& configurations,
                                   const std::vector<ConfigurationTarget>& before);

/// The present configurations of all hubs, compiled. Used under an open transaction, which guards it.
class ConfigurationCache {
public:
    explicit ConfigurationCache(store::Database& database);

    [[nodiscard]] std::shared_ptr<const ConfigurationList> of_hub(const std::string& hub) const;
    /// Takes the place of the present ones on commit.
    void replace(store::Transaction& transaction, const std::string& hub,
                 std::shared_ptr<const ConfigurationList> list);

private:
    std::map<std::string, std::shared_ptr<const ConfigurationList>, std::less<>> lists_;
};

/// In the order in which they win.
void sort_by_precedence(ConfigurationList& list);

}  // namespace emulator::hub
