// SPDX-License-Identifier: Apache-2.0
#include "emulator/record/traffic_record.hpp"

#include "foundation/encoding.hpp"

#include <array>

namespace emulator::record {
namespace {

constexpr std::size_t most_entries = 10'000;
constexpr std::size_t longest_target = 1024;
constexpr std::size_t longest_text = 512;  // of all else that a client may choose

constexpr std::array<std::string_view, 3> protocol_names{"https", "mqtt", "mqttWebSocket"};

// Only these are known to hold no secret; of the others the name is enough.
constexpr std::array<std::string_view, 4> plain_parameters{"api-version", "forceRegistration", "top",
                                                           "service"};

bool is_plain(std::string_view parameter) {
    for (const auto known : plain_parameters) {
        if (parameter == known) return true;
    }
    return false;
}

std::string describe(const http::Target& target) {
    std::string text;
    for (const auto& segment : target.segments) {
        text.push_back('/');
        text.append(device_agent::percent_encode(segment));
    }
    if (text.empty()) text.push_back('/');
    char separator = '?';
    for (const auto& [name, value] : target.query) {
        text.push_back(separator);
        text.append(device_agent::percent_encode(name));
        text.push_back('=');
        text.append(is_plain(name) ? device_agent::percent_encode(value) : "...");
        separator = '&';
    }
    if (text.size() > longest_target) text.resize(longest_target);
    return text;
}

nlohmann::json or_null(const std::string& text) {
    return text.empty() ? nlohmann::json() : nlohmann::json(text);
}

std::string shortened(const std::string& text) {
    return text.substr(0, longest_text);
}

template <typename Entry>
void push_bounded(std::deque<Entry>& ring, Entry entry) {
    if (ring.size() == most_entries) ring.pop_front();
    ring.push_back(std::move(entry));
}

}  // namespace

ConnectionNumber TrafficRecord::opened(const std::string& peer, Protocol protocol) {
    const std::scoped_lock lock(mutex_);
    const auto number = next_connection_++;
    open_.emplace(number, ConnectionEntry{.peer = peer, .protocol = protocol, .opened = clock_.now()});
    return number;
}

void TrafficRecord::upgraded(ConnectionNumber connection, Protocol protocol) {
    const std::scoped_lock lock(mutex_);
    open_.at(connection).protocol = protocol;
}

void TrafficRecord::secured(ConnectionNumber connection, const std::string& server_name) {
    const std::scoped_lock lock(mutex_);
    open_.at(connection).server_name = server_name;
}

void TrafficRecord::failed(ConnectionNumber connection, const std::string& reason) {
    const std::scoped_lock lock(mutex_);
    open_.at(connection).failure = shortened(reason);
}

void TrafficRecord::closed(ConnectionNumber connection) {
    const std::scoped_lock lock(mutex_);
    auto entry = open_.extract(connection);
    entry.mapped().closed = clock_.now();
    push_bounded(closed_, std::pair(connection, std::move(entry.mapped())));
}

void TrafficRecord::identified(ConnectionNumber connection, Service service, const std::string& identity) {
    const std::scoped_lock lock(mutex_);
    auto& entry = open_.at(connection);
    entry.services.insert(service);
    entry.identity = identity;
}

void TrafficRecord::answered(ConnectionNumber connection, Service service, const http::Request& request,
                             const http::Response& response) {
    const auto target = describe(request.target);
    {
        const std::scoped_lock lock(mutex_);
        // What is answered later may find its connection gone.
        if (const auto entry = open_.find(connection); entry != open_.end()) {
            ++entry->second.requests;
            entry->second.services.insert(service);
        }
        push_bounded(requests_,
                     RequestEntry{next_request_++, clock_.now(), connection, service, shortened(request.host),
                                  shortened(request.method), target, response.status, response.authorized_as,
                                  shortened(response.refusal)});
    }
    if (service == Service::control) return;  // who watches would see itself watching
    auto detail = request.method + " " + target + ": " + std::to_string(response.status);
    if (!response.refusal.empty()) detail += ", " + response.refusal;
    events_.add({.kind = response.status < 400 ? "request" : "refused",
                 .service = service,
                 .connection = connection,
                 .identity = response.authorized_as,
                 .detail = std::move(detail)});
}

nlohmann::json TrafficRecord::requests(std::optional<Service> only) const {
    const std::scoped_lock lock(mutex_);
    auto list = nlohmann::json::array();
    for (const auto& entry : requests_) {
        if (only && entry.service != *only) continue;
        list.push_back({{"sequence", entry.sequence},
                        {"time", device_agent::format_utc(entry.time)},
                        {"connection", entry.connection},
                        {"service", to_text(entry.service)},
                        {"host", entry.host},
                        {"method", entry.method},
                        {"target", entry.target},
                        {"status", entry.status},
                        {"authorizedAs", or_null(entry.authorized_as)},
                        {"refusal", or_null(entry.refusal)}});
    }
    return list;
}

nlohmann::json TrafficRecord::connections() const {
    const std::scoped_lock lock(mutex_);
    auto list = nlohmann::json::array();
    const auto add = [&](ConnectionNumber number, const ConnectionEntry& entry) {
        auto services = nlohmann::json::array();
        for (const auto service : entry.services)
            services.push_back(to_text(service));
        list.push_back({{"connection", number},
                        {"peer", entry.peer},
                        {"protocol", protocol_names.at(static_cast<std::size_t>(entry.protocol))},
                        {"opened", device_agent::format_utc(entry.opened)},
                        {"closed", entry.closed ? nlohmann::json(device_agent::format_utc(*entry.closed))
                                                : nlohmann::json()},
                        {"secured", entry.server_name.has_value()},
                        {"serverName", or_null(entry.server_name.value_or(""))},
                        {"requests", entry.requests},
                        {"services", services},
                        {"identity", or_null(entry.identity)},
                        {"failure", or_null(entry.failure)}});
    };
    for (const auto& [number, entry] : closed_)
        add(number, entry);
    for (const auto& [number, entry] : open_)
        add(number, entry);
    return list;
}

void TrafficRecord::reset() {
    const std::scoped_lock lock(mutex_);
    requests_.clear();
    closed_.clear();
    for (auto& [number, entry] : open_) {
        entry.requests = 0;
        entry.services.clear();
    }
}

}  // namespace emulator::record
