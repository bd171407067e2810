// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "identity/identity.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

namespace device_agent::daemon {

/// What has become of the slots since the daemon started. It outlives configurations and the stores made for
/// them. Thread-safe.
class SlotChanges {
public:
    /// Another number when the slot's key is another one.
    [[nodiscard]] std::uint64_t key_of(unsigned slot) const;
    /// Whether the slot still holds this identity, which somebody saw in it.
    [[nodiscard]] bool still_holds(unsigned slot, const identity::Identity& seen) const;

    /// The slot has another content now; nothing when it was emptied.
    void note(unsigned slot, std::optional<identity::Identity> content, bool has_another_key);

    /// `work` is called after changes, on the thread that made them. Set it before there are any.
    void when_changed(std::function<void()> work) { when_changed_ = std::move(work); }
    void tell() const {
        if (when_changed_) when_changed_();
    }

private:
    struct Change {
        std::uint64_t key = 0;
        std::optional<identity::Identity> content;
    };
    mutable std::mutex mutex_;
    std::map<unsigned, Change> changes_;
    std::function<void()> when_changed_;
};

}  // namespace device_agent::daemon
