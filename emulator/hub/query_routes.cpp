// SPDX-License-Identifier: Apache-2.0
// POST /devices/query, and GET /statistics/….
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/query_runner.hpp"
#include "emulator/hub/routes.hpp"

#include <algorithm>
#include <charconv>

namespace emulator::hub {
namespace {

using http::Call;
using http::Response;

constexpr std::size_t default_page = 100;
constexpr std::size_t largest_page = 1000;

std::size_t page_size(const http::Request& request) {
    const auto text = request.headers.find("x-ms-max-item-count");
    if (!text || text->empty()) return default_page;
    std::size_t size = 0;
    const auto [rest, error] = std::from_chars(text->data(), text->data() + text->size(), size);
    if (error != std::errc{} || rest != text->data() + text->size() || size == 0) {
        throw FormatError("x-ms-max-item-count is not a number of rows");
    }
    return std::min(size, largest_page);
}

Response run(Call& call, Services& services) {
    const auto& request = call.request;
    services.authorization.require_policy(call, request.host, Right::service_connect);
    const auto body = http::parse_json(request.body);
    const auto text = body.is_object() ? http::text_member(body, "query") : std::nullopt;
    if (!text) throw FormatError(R"(the body is {"query": "..."})");
    const auto query = query::parse_query(*text);
    auto transaction = services.database.begin();
    const auto page = run_query(services, transaction, request.host, query,
                                request.headers.find("x-ms-continuation").value_or(""), page_size(request));
    auto response = http::json_response(200, page.rows);
    response.headers.add("x-ms-item-type", query.columns.empty() ? "twin" : "raw");
    if (!page.continuation.empty()) response.headers.add("x-ms-continuation", page.continuation);
    return response;
}

Response device_statistics(Call& call, Services& services) {
    services.authorization.require_policy(call, call.request.host, Right::registry_read);
    auto transaction = services.database.begin();
    const auto counts = count_devices(transaction, call.request.host);
    return http::json_response(200, nlohmann::json{{"totalDeviceCount", counts.all},
                                                   {"enabledDeviceCount", counts.enabled},
                                                   {"disabledDeviceCount", counts.all - counts.enabled}});
}

Response service_statistics(Call& call, Services& services) {
    services.authorization.require_policy(call, call.request.host, Right::registry_read);
    return http::json_response(
        200, nlohmann::json{{"connectedDeviceCount", services.connected.count_devices(call.request.host)}});
}

}  // namespace

void add_query_routes(http::Router& router, Services& services) {
    router.add("POST", "/devices/query", [&](Call& call) { return run(call, services); });
    router.add("GET", "/statistics/devices", [&](Call& call) { return device_statistics(call, services); });
    router.add("GET", "/statistics/service", [&](Call& call) { return service_statistics(call, services); });
}

}  // namespace emulator::hub
