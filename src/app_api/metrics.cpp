// SPDX-License-Identifier: Apache-2.0
#include "app_api/metrics.hpp"

namespace device_agent::app_api {
namespace {

void describe(std::string& text, const std::string& name, const char* type, const char* help) {
    text += "# HELP " + name + ' ' + help + "\n# TYPE " + name + ' ' + type + '\n';
}

void add(std::string& text, const std::string& name, const char* type, const char* help,
         std::uint64_t value) {
    describe(text, name, type, help);
    text += name + ' ' + std::to_string(value) + '\n';
}

}  // namespace

std::string Metrics::render(const Levels& levels) const {
    std::string text;
    describe(text, "device_agent_api_requests_total", "counter",
             "Requests by route and status; no route: not understood.");
    for (const auto& [key, count] : requests_) {
        text += "device_agent_api_requests_total{route=\"" + std::string(key.first) + "\",status=\"" +
                std::to_string(key.second) + "\"} " + std::to_string(count) + '\n';
    }
    add(text, "device_agent_api_connections_total", "counter", "Connections that were let in.", connections_);
    add(text, "device_agent_api_connections", "gauge", "Open connections.", levels.connections);
    add(text, "device_agent_api_connections_evicted_total", "counter", "Connections closed to make room.",
        evictions_);
    add(text, "device_agent_api_connections_refused_total", "counter",
        "Connections of callers that had too many.", turned_away_);
    add(text, "device_agent_api_event_streams", "gauge", "Open event streams.", levels.event_streams);
    add(text, "device_agent_api_tokens_signed_total", "counter", "Tokens that were signed.",
        levels.signatures);
    add(text, "device_agent_api_tokens_cached_total", "counter", "Tokens that were served from the cache.",
        cached_tokens_);
    add(text, "device_agent_api_credentials_total", "counter", "Credentials that units were given.",
        credentials_given_);
    add(text, "device_agent_api_credentials_refused_total", "counter", "Credentials that units were refused.",
        credentials_refused_);
    return text;
}

}  // namespace device_agent::app_api
