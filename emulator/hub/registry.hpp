// SPDX-License-Identifier: Apache-2.0
// The rules of the identity registry; who may call is decided before (authorization.hpp).
#pragma once

#include "emulator/hub/twins.hpp"

namespace emulator::hub {

/// Modules that one device may have.
inline constexpr std::int64_t most_modules = 50;

/// All functions throw Refusal and change nothing then. The caller commits; connections that the change takes
/// the right to be are closed then.
class Registry {
public:
    Registry(Twins& twins, ConnectedDevices& connected, const device_agent::Clock& clock)
        : twins_(twins), connected_(connected), clock_(clock) {}
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    [[nodiscard]] static Identity get(store::Transaction& transaction, const IdentityId& id);

    /// Keys that `change` leaves out are made. `twin` is what the identity starts with.
    [[nodiscard]] Identity create(store::Transaction& transaction, const IdentityId& id,
                                  const IdentityChange& change, const Twin& twin) const;
    [[nodiscard]] Identity create(store::Transaction& transaction, const IdentityId& id,
                                  const IdentityChange& change) const;

    /// Keeps the generation id and the twin. What `change` leaves out stays as it is.
    [[nodiscard]] Identity update(store::Transaction& transaction, const IdentityId& id,
                                  const IdentityChange& change, std::string_view if_match) const;

    /// A device goes with its modules. Without `if_match` any version goes.
    void remove(store::Transaction& transaction, const IdentityId& id,
                std::optional<std::string_view> if_match) const;

private:
    Twins& twins_;
    ConnectedDevices& connected_;
    const device_agent::Clock& clock_;
};

}  // namespace emulator::hub
