// SPDX-License-Identifier: Apache-2.0
// The rules of configurations: kept, read, and applied to all twins of the hub that match.
#pragma once

#include "emulator/hub/twins.hpp"

namespace emulator::hub {

/// Configurations that a hub may have.
inline constexpr std::size_t most_configurations = 100;

/// All functions throw Refusal and change nothing then. The caller commits.
class Configurations {
public:
    Configurations(ConfigurationCache& cache, Twins& twins, const device_agent::Clock& clock)
        : cache_(cache), twins_(twins), clock_(clock) {}

    [[nodiscard]] Configuration get(const std::string& hub, const std::string& id) const;
    /// Ordered by id.
    [[nodiscard]] ConfigurationList list(const std::string& hub) const;

    /// With `if_match` updates, without creates. Whoever matches is configured; who does no longer gets the
    /// settings of the next lower priority, or loses them.
    [[nodiscard]] Configuration put(store::Transaction& transaction, const std::string& hub,
                                    Configuration wanted, std::optional<std::string_view> if_match);
    void remove(store::Transaction& transaction, const std::string& hub, const std::string& id,
                std::optional<std::string_view> if_match);

    /// How many twins it targets, and in how many of them something of it is.
    [[nodiscard]] static MetricResults system_metrics(store::Transaction& transaction, const std::string& hub,
                                                      const Configuration& configuration);

private:
    void use(store::Transaction& transaction, const std::string& hub, ConfigurationList list);

    ConfigurationCache& cache_;
    Twins& twins_;
    const device_agent::Clock& clock_;
};

}  // namespace emulator::hub
