// SPDX-License-Identifier: Apache-2.0
// What devices and modules sent: the emulator's stand-in for the built-in endpoint.
#pragma once

#include "emulator/hub/identity.hpp"
#include "emulator/hub/message.hpp"

#include <deque>
#include <mutex>

namespace emulator::hub {

struct TelemetryEntry {
    std::uint64_t sequence = 0;  ///< from 1, without gaps
    IdentityId from;
    device_agent::WallTime enqueued{};
    Message message{};
};

/// Bounded by number and by bytes: the oldest entries make room. Thread-safe.
class TelemetryLog {
public:
    static constexpr std::size_t most_entries = 10'000;
    static constexpr std::size_t most_bytes = 64U * 1024U * 1024U;

    explicit TelemetryLog(const device_agent::Clock& clock) : clock_(clock) {}

    void append(const IdentityId& from, Message message);

    struct Filter {
        std::uint64_t after = 0;  ///< only what has a higher sequence
        std::size_t most = most_entries;
        std::optional<std::string> hub{}, device{}, module{};  ///< module "": of the device itself
    };
    /// Oldest first.
    [[nodiscard]] std::vector<TelemetryEntry> read(const Filter& filter) const;
    /// Sequences go on.
    void clear();

private:
    const device_agent::Clock& clock_;
    mutable std::mutex mutex_;
    std::deque<TelemetryEntry> entries_;
    std::size_t bytes_ = 0;
    std::uint64_t next_ = 1;
};

}  // namespace emulator::hub
