// SPDX-License-Identifier: Apache-2.0
#include "emulator/record/event_log.hpp"

#include <algorithm>
#include <utility>

namespace emulator::record {
namespace {

constexpr std::size_t most_entries = 10'000;
constexpr std::size_t most_at_once = 1'000;
constexpr std::size_t longest_detail = 512;

nlohmann::json or_null(const std::string& text) {
    return text.empty() ? nlohmann::json() : nlohmann::json(text);
}

// Cut between characters: half of one could not be written as JSON.
void shorten(std::string& text) {
    if (text.size() <= longest_detail) return;
    auto length = longest_detail;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U)
        --length;
    text.resize(length);
}

}  // namespace

void EventLog::add(Event event) {
    shorten(event.detail);
    std::map<Ticket, std::function<void()>> woken;
    {
        const std::scoped_lock lock(mutex_);
        if (entries_.size() == most_entries) entries_.pop_front();
        entries_.push_back({++last_, clock_.now(), std::move(event)});
        woken = std::exchange(waiting_, {});
    }
    for (const auto& [ticket, wake] : woken)
        wake();
}

nlohmann::json EventLog::after(std::uint64_t after) const {
    const std::scoped_lock lock(mutex_);
    auto events = nlohmann::json::array();
    auto last = std::min(after, last_);
    auto entry =
        std::upper_bound(entries_.begin(), entries_.end(), after,
                         [](std::uint64_t number, const Entry& one) { return number < one.sequence; });
    for (; entry != entries_.end() && events.size() < most_at_once; ++entry) {
        last = entry->sequence;
        events.push_back({{"sequence", entry->sequence},
                          {"time", device_agent::format_utc(entry->time)},
                          {"kind", entry->event.kind},
                          {"service", to_text(entry->event.service)},
                          {"connection", entry->event.connection},
                          {"identity", or_null(entry->event.identity)},
                          {"detail", or_null(entry->event.detail)}});
    }
    return {{"events", std::move(events)}, {"last", last}};
}

EventLog::Ticket EventLog::when_after(std::uint64_t after, std::function<void()> woken) {
    Ticket ticket = 0;
    {
        const std::scoped_lock lock(mutex_);
        ticket = next_ticket_++;
        if (last_ <= after) {
            waiting_.emplace(ticket, std::move(woken));
            return ticket;
        }
    }
    woken();
    return ticket;
}

void EventLog::forget(Ticket ticket) {
    const std::scoped_lock lock(mutex_);
    waiting_.erase(ticket);
}

}  // namespace emulator::record
