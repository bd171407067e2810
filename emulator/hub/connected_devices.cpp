// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/connected_devices.hpp"

#include <utility>

namespace emulator::hub {

void ConnectedDevices::attach(const IdentityId& id, std::shared_ptr<DeviceLink> link) {
    std::shared_ptr<DeviceLink> older;
    {
        const std::scoped_lock lock(mutex_);
        auto& entry = entries_[id];
        older = std::exchange(entry.link, std::move(link));
        entry.last_activity = clock_.now();
        if (!older) {
            entry.connection_changed = clock_.now();
            ++connected_;
        }
    }
    if (older) older->close("another connection of " + id.describe() + " took its place");
}

void ConnectedDevices::detach(const IdentityId& id, const DeviceLink& link) {
    std::shared_ptr<DeviceLink> gone;  // may be the last owner: destroyed after the lock is released
    const std::scoped_lock lock(mutex_);
    const auto entry = entries_.find(id);
    if (entry == entries_.end() || entry->second.link.get() != &link) return;
    gone = std::exchange(entry->second.link, nullptr);
    entry->second.connection_changed = entry->second.last_activity = clock_.now();
    --connected_;
}

std::shared_ptr<DeviceLink> ConnectedDevices::find(const IdentityId& id) const {
    const std::scoped_lock lock(mutex_);
    const auto entry = entries_.find(id);
    return entry == entries_.end() ? nullptr : entry->second.link;
}

std::size_t ConnectedDevices::count() const {
    const std::scoped_lock lock(mutex_);
    return connected_;
}

void ConnectedDevices::touch(const IdentityId& id) {
    const std::scoped_lock lock(mutex_);
    entries_[id].last_activity = clock_.now();
}

LiveState ConnectedDevices::state(const IdentityId& id) const {
    const std::scoped_lock lock(mutex_);
    const auto entry = entries_.find(id);
    if (entry == entries_.end()) return {};
    return {.connected = entry->second.link != nullptr,
            .connection_changed = entry->second.connection_changed,
            .last_activity = entry->second.last_activity};
}

std::pair<ConnectedDevices::Entries::iterator, ConnectedDevices::Entries::iterator>
ConnectedDevices::range_of(const IdentityId& id) {
    auto end = entries_.lower_bound(id);
    const auto begin = end;
    while (end != entries_.end() && (id.is_module() ? end->first == id : end->first.of_device() == id))
        ++end;
    return {begin, end};
}

void ConnectedDevices::recheck(const Identity& identity, const Identity& device) {
    std::vector<std::pair<IdentityId, std::shared_ptr<DeviceLink>>> links;
    {
        const std::scoped_lock lock(mutex_);
        const auto [begin, end] = range_of(identity.id);
        for (auto entry = begin; entry != end; ++entry) {
            if (entry->second.link) links.emplace_back(entry->first, entry->second.link);
        }
    }
    for (const auto& [id, link] : links) {
        if (!device.enabled) {
            link->close("device " + device.id.device + " is disabled");
        } else if (id == identity.id) {  // of a changed device, its modules feel no more than that
            if (const auto reason = link->reason_against(identity, device)) link->close(*reason);
        }
    }
}

void ConnectedDevices::forget(const IdentityId& id) {
    std::vector<std::shared_ptr<DeviceLink>> closing;
    {
        const std::scoped_lock lock(mutex_);
        const auto [begin, end] = range_of(id);
        for (auto entry = begin; entry != end; ++entry) {
            if (entry->second.link) closing.push_back(std::move(entry->second.link));
        }
        connected_ -= closing.size();
        entries_.erase(begin, end);
    }
    for (const auto& link : closing)
        link->close(id.describe() + " was deleted");
}

}  // namespace emulator::hub
