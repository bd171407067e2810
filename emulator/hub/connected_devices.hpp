// SPDX-License-Identifier: Apache-2.0
// Who is connected. Connection states and activity are those of this run: a restart forgets them.
#pragma once

#include "emulator/hub/device_link.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace emulator::hub {

/// Thread-safe. Links are called without a lock held.
class ConnectedDevices {
public:
    explicit ConnectedDevices(const device_agent::Clock& clock) : clock_(clock) {}

    /// The last connection wins: an older link of the same identity is closed. Call it when the transaction
    /// in which the identity was let in commits, before another begins: then no change of the identity is
    /// missed.
    void attach(const IdentityId& id, std::shared_ptr<DeviceLink> link);
    /// The link is gone. Nothing happens when another one has taken its place.
    void detach(const IdentityId& id, const DeviceLink& link);

    /// Null when the identity is not connected.
    [[nodiscard]] std::shared_ptr<DeviceLink> find(const IdentityId& id) const;
    [[nodiscard]] std::size_t count() const;
    /// Devices of a hub, without modules.
    [[nodiscard]] std::size_t count_devices(const std::string& hub) const;

    /// The identity did something.
    void touch(const IdentityId& id);
    /// Without the number of pending messages.
    [[nodiscard]] LiveState state(const IdentityId& id) const;

    /// The identity has changed in the registry: closes its link when it is no longer proven, and those of
    /// its modules when the device is disabled.
    void recheck(const Identity& identity, const Identity& device);
    /// The identity is deleted, a device with its modules: closes the links and forgets what was known.
    void forget(const IdentityId& id);

private:
    struct Entry {
        std::shared_ptr<DeviceLink> link{};
        std::optional<device_agent::WallTime> connection_changed{};
        std::optional<device_agent::WallTime> last_activity{};
    };
    using Entries = std::map<IdentityId, Entry>;
    /// The entries of a device and its modules, or of one module. The mutex is held.
    [[nodiscard]] std::pair<Entries::iterator, Entries::iterator> range_of(const IdentityId& id);

    const device_agent::Clock& clock_;
    mutable std::mutex mutex_;
    Entries entries_;
    std::size_t connected_ = 0;
};

}  // namespace emulator::hub
