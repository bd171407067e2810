// SPDX-License-Identifier: Apache-2.0
#include "emulator/faults/switches.hpp"

#include "emulator/faults/operation.hpp"
#include "emulator/faults/spoiled_answer.hpp"

namespace emulator::faults {

std::string Switches::Met::describe() const {
    return "fault " + std::to_string(id) + ": " + std::string(to_text(fault.kind));
}

std::optional<Switches::Met> Switches::meet(record::Service service, std::string_view operation,
                                            std::string_view hub) {
    const std::scoped_lock lock(mutex_);
    for (auto& [id, entry] : entries_) {
        const bool used_up = entry.fault.count && entry.hits >= *entry.fault.count;
        if (used_up || !entry.fault.matches(service, operation, hub)) continue;
        ++entry.hits;
        return Met{id, entry.fault, entry.cleared.get_token()};
    }
    return std::nullopt;
}

http::Response Switches::answer(record::Service service, const http::Request& request,
                                const std::function<http::Response()>& carry_out) {
    const auto met = meet(service, operation_of(service, request), request.host);
    if (!met) return carry_out();
    const auto why = met->describe();
    return http::amend(spoiled_answer(met->fault, request, carry_out, clock_.now(), met->cleared),
                       [why](http::Response& made) {
                           made.refusal = made.refusal.empty() ? why : why + "; " + made.refusal;
                       });
}

std::optional<http::Response> Switches::refusal(const Met& met, const http::Request& request) const {
    return refusal_by(met.fault, request, clock_.now());
}

std::optional<nlohmann::json> Switches::set(const Fault& fault) {
    const std::scoped_lock lock(mutex_);
    if (entries_.size() >= most) return std::nullopt;
    const auto id = next_++;
    return describe(id, entries_.emplace(id, Entry{fault}).first->second);
}

bool Switches::clear(std::uint64_t id) {
    std::map<std::uint64_t, Entry>::node_type gone;
    {
        const std::scoped_lock lock(mutex_);
        gone = entries_.extract(id);
    }
    if (gone.empty()) return false;
    gone.mapped().cleared.request_stop();  // calls back whoever waits: not under the lock
    return true;
}

void Switches::clear_all() {
    std::map<std::uint64_t, Entry> gone;
    {
        const std::scoped_lock lock(mutex_);
        gone.swap(entries_);
    }
    for (auto& [id, entry] : gone)
        entry.cleared.request_stop();
}

nlohmann::json Switches::list() const {
    const std::scoped_lock lock(mutex_);
    auto list = nlohmann::json::array();
    for (const auto& [id, entry] : entries_)
        list.push_back(describe(id, entry));
    return list;
}

nlohmann::json Switches::describe(std::uint64_t id, const Entry& entry) {
    auto json = to_json(entry.fault);
    json["id"] = id;
    json["hits"] = entry.hits;
    return json;
}

}  // namespace emulator::faults
