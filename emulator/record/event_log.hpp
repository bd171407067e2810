// SPDX-License-Identifier: Apache-2.0
// What happens, one line after the other, for those who watch: connections, messages, registrations,
// refusals.
#pragma once

#include "emulator/record/service.hpp"
#include "foundation/clock.hpp"

#include <nlohmann/json.hpp>

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace emulator::record {

struct Event {
    std::string kind;  ///< "connected", "refused", "subscribed", "published", "closed", "request", …
    Service service = Service::hub;
    ConnectionNumber connection = 0;
    std::string identity{};  ///< "device d", "module d/m", "registration r"; empty when nobody is known
    std::string detail{};
};

/// A ring of bounded length, with numbers that only go up: who asks for what came after the last number that
/// it saw misses nothing that is still kept. No event holds a secret or a message's content. Thread-safe.
class EventLog {
public:
    explicit EventLog(const device_agent::Clock& clock) : clock_(clock) {}
    EventLog(const EventLog&) = delete;
    EventLog& operator=(const EventLog&) = delete;

    void add(Event event);

    /// {"events": […], "last": N}: those after `after`, oldest first, at most 1000; `last` is what to ask for
    /// next.
    [[nodiscard]] nlohmann::json after(std::uint64_t after) const;

    using Ticket = std::uint64_t;

    /// Calls `woken` once: at once when there are events after `after`, else with the next one, from the
    /// thread that adds it.
    Ticket when_after(std::uint64_t after, std::function<void()> woken);
    /// Whoever holds the ticket waits no longer; nothing happens when it was woken before.
    void forget(Ticket ticket);

private:
    struct Entry {
        std::uint64_t sequence;
        device_agent::WallTime time;
        Event event;
    };

    const device_agent::Clock& clock_;
    mutable std::mutex mutex_;
    std::deque<Entry> entries_;
    std::uint64_t last_ = 0;
    std::map<Ticket, std::function<void()>> waiting_;
    Ticket next_ticket_ = 1;
};

}  // namespace emulator::record
