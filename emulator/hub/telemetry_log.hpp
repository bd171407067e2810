// SPDX-License-Identifier: Apache-2.0
// What devices and modules sent: the emulator's stand-in for the built-in endpoint.
#pragma once

#include "emulator/hub/identity.hpp"
#include "emulator/hub/message.hpp"
#include "emulator/store/database.hpp"

#include <vector>

namespace emulator::hub {

struct TelemetryEntry {
    std::int64_t sequence = 0;  ///< from 1; goes on after clear() and over restarts
    IdentityId from;
    device_agent::WallTime enqueued{};
    Message message{};
};

/// Bounded by number and by bytes: the oldest entries make room. It has a database of its own
/// (Content::telemetry), so that devices that send much keep nobody else waiting. Thread-safe.
class TelemetryLog {
public:
    static constexpr std::int64_t most_entries = 10'000;
    static constexpr std::int64_t most_bytes = 64 * 1024 * 1024;

    /// The arguments outlive this object.
    TelemetryLog(store::Database& database, const device_agent::Clock& clock);

    void append(const IdentityId& from, const Message& message);

    struct Filter {
        std::int64_t after = 0;  ///< only what has a higher sequence
        std::size_t most = most_entries;
        std::optional<std::string> hub{}, device{}, module{};  ///< module "": of the device itself
    };
    /// Oldest first.
    [[nodiscard]] std::vector<TelemetryEntry> read(const Filter& filter) const;
    void clear();

private:
    struct Extent {
        std::int64_t entries = 0;
        std::int64_t bytes = 0;
    };
    /// Deletes the oldest entries until what is left is within the bounds.
    static void make_room(store::Transaction& transaction, Extent& extent);

    store::Database& database_;
    const device_agent::Clock& clock_;
    Extent kept_{};  // of what was committed; used under a transaction
};

}  // namespace emulator::hub
