// SPDX-License-Identifier: Apache-2.0
// /configurations: automatic device management.
#include "emulator/format_error.hpp"
#include "emulator/http/etag.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/query_runner.hpp"
#include "emulator/hub/routes.hpp"

namespace emulator::hub {
namespace {

using http::Call;
using http::Response;

nlohmann::json describe(Services& services, store::Transaction& transaction, const std::string& hub,
                        const Configuration& configuration) {
    MetricResults custom;
    for (const auto& [name, query] : configuration.metrics)
        custom.emplace_back(name, count_rows(services, transaction, hub, query));
    return to_json(configuration, Configurations::system_metrics(transaction, hub, configuration), custom);
}

Response configuration_response(Services& services, store::Transaction& transaction, const std::string& hub,
                                const Configuration& configuration) {
    auto response = http::json_response(200, describe(services, transaction, hub, configuration));
    response.headers.add("ETag", http::quoted(configuration.etag));
    return response;
}

Response put(Call& call, Services& services) {
    const auto& hub = call.request.host;
    services.authorization.require_policy(call, hub, Right::registry_write);
    auto wanted = parse_configuration(http::parse_json(call.request.body), call.parameter("id"));
    auto transaction = services.database.begin();
    const auto configuration = services.configurations.put(transaction, hub, std::move(wanted),
                                                           call.request.headers.find("If-Match"));
    auto response = configuration_response(services, transaction, hub, configuration);
    transaction.commit();
    return response;
}

Response get(Call& call, Services& services) {
    const auto& hub = call.request.host;
    services.authorization.require_policy(call, hub, Right::registry_read);
    auto transaction = services.database.begin();
    return configuration_response(services, transaction, hub,
                                  services.configurations.get(hub, call.parameter("id")));
}

Response list(Call& call, Services& services) {
    const auto& hub = call.request.host;
    services.authorization.require_policy(call, hub, Right::registry_read);
    const auto most = top_of(call.request);
    auto transaction = services.database.begin();
    auto shown = nlohmann::json::array();
    for (const auto& configuration : services.configurations.list(hub)) {
        if (shown.size() == static_cast<std::size_t>(most)) break;
        shown.push_back(describe(services, transaction, hub, configuration));
    }
    return http::json_response(200, shown);
}

Response remove(Call& call, Services& services) {
    services.authorization.require_policy(call, call.request.host, Right::registry_write);
    auto transaction = services.database.begin();
    services.configurations.remove(transaction, call.request.host, call.parameter("id"),
                                   call.request.headers.find("If-Match"));
    transaction.commit();
    return {.status = 204};
}

// One device, once: nothing is kept of it but the desired properties.
Response apply(Call& call, Services& services) {
    services.authorization.require_policy(call, call.request.host, Right::registry_write);
    const auto body = http::parse_json(call.request.body);
    if (!body.is_object()) throw FormatError("the body is not a JSON object");
    const auto* content = http::object_member(body, "deviceContent");
    if (content == nullptr) {
        throw FormatError(
            "the body is {\"deviceContent\": {...}}; content of IoT Edge modules is not served");
    }
    auto desired = nlohmann::json::object();
    for (const auto& setting : parse_settings(*content, "deviceContent")) {
        auto* at = &desired;
        for (const auto& name : setting.path) {
            if (!at->is_object()) *at = nlohmann::json::object();
            at = &(*at)[name];
        }
        *at = setting.value;
    }
    auto transaction = services.database.begin();
    const auto device = Registry::get(transaction, identity_of(call));
    (void)services.twins.patch(transaction, device, {.desired = std::move(desired)}, std::nullopt);
    transaction.commit();
    return {.status = 204};
}

}  // namespace

void add_configuration_routes(http::Router& router, Services& services) {
    router.add("GET", "/configurations", [&](Call& call) { return list(call, services); });
    router.add("PUT", "/configurations/{id}", [&](Call& call) { return put(call, services); });
    router.add("GET", "/configurations/{id}", [&](Call& call) { return get(call, services); });
    router.add("DELETE", "/configurations/{id}", [&](Call& call) { return remove(call, services); });
    router.add("POST", "/devices/{deviceId}/applyConfigurationContent",
               [&](Call& call) { return apply(call, services); });
}

}  // namespace emulator::hub
