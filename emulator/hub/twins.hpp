// SPDX-License-Identifier: Apache-2.0
// The rules of twins, and who hears of their changes. Who may call is decided before (authorization.hpp).
#pragma once

#include "emulator/hub/connected_devices.hpp"
#include "emulator/hub/identity_store.hpp"

namespace emulator::hub {

/// All functions that change something throw Refusal or FormatError and change nothing then. The caller
/// commits; connected devices hear of new desired properties then.
class Twins {
public:
    Twins(ConnectedDevices& connected, const device_agent::Clock& clock)
        : connected_(connected), clock_(clock) {}

    /// The identity exists.
    [[nodiscard]] static Twin get(store::Transaction& transaction, const IdentityId& id);

    /// Merges what the back end sends. Without `if_match` any version is changed.
    [[nodiscard]] Twin patch(store::Transaction& transaction, const Identity& identity,
                             const TwinChange& change, std::optional<std::string_view> if_match);
    /// Tags and desired properties become those of `change`, or empty.
    [[nodiscard]] Twin replace(store::Transaction& transaction, const Identity& identity,
                               const TwinChange& change, std::optional<std::string_view> if_match);

    /// Merges what the device reports; the new version of the reported properties.
    std::int64_t report(store::Transaction& transaction, const Identity& identity,
                        const nlohmann::json& patch);

    /// The identity was just created, with its twin.
    void created(store::Transaction& transaction, const Identity& identity);

private:
    /// The link of `id`, if it is connected then, hears of the patch on commit.
    void announce(store::Transaction& transaction, const IdentityId& id, nlohmann::json patch,
                  std::int64_t version);

    ConnectedDevices& connected_;
    const device_agent::Clock& clock_;
};

}  // namespace emulator::hub
