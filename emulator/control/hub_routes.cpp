// SPDX-License-Identifier: Apache-2.0
// GET /_emulator/hubs, and POST /_emulator/verify: would this connection string be let in?
#include "emulator/certificates/certificate.hpp"
#include "emulator/control/api.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/admission.hpp"
#include "emulator/hub/identity_store.hpp"

#include <limits>

namespace emulator::control {
namespace {

using http::Call;
using http::Response;

// As the registry shows it, without the keys.
nlohmann::json without_keys(const hub::Identity& identity, const hub::LiveState& live) {
    auto json = hub::to_json(identity, live);
    json["authenticationType"] = json["authentication"]["type"];
    json.erase("authentication");
    return json;
}

nlohmann::json describe_hub(hub::Services& services, store::Transaction& transaction,
                            const std::string& name) {
    auto devices = nlohmann::json::array();
    for (const auto& device :
         hub::list_devices(transaction, name, std::numeric_limits<std::int64_t>::max())) {
        auto json = without_keys(device, services.live_state(transaction, device.id));
        json["modules"] = nlohmann::json::array();
        for (const auto& module : hub::list_modules(transaction, device.id)) {
            json["modules"].push_back(without_keys(module, services.live_state(transaction, module.id)));
        }
        devices.push_back(std::move(json));
    }
    return {{"name", name}, {"devices", devices}};
}

Response hubs(const Services& services) {
    auto transaction = services.database.begin();
    auto list = nlohmann::json::array();
    for (const auto& name : services.instance.hubs)
        list.push_back(describe_hub(services.hub, transaction, name));
    return http::json_response(200, nlohmann::json{{"hubs", list}});
}

std::string connection_string_of(const http::Request& request) {
    if (request.headers.find("Content-Type").value_or("").starts_with("text/plain")) {
        const auto end = request.body.find_last_not_of(" \r\n");
        return request.body.substr(0, end == std::string::npos ? 0 : end + 1);
    }
    const auto body = http::parse_json(request.body);
    const auto text = body.is_object() ? http::text_member(body, "connectionString") : std::nullopt;
    if (!text)
        throw FormatError(R"(the body is {"connectionString": "..."}, or the string itself as text/plain)");
    return *text;
}

// The client's own of this connection, unless the body has one (its chain may follow it).
std::vector<device_agent::Bytes> certificates_of(const http::Request& request) {
    if (request.headers.find("Content-Type").value_or("").starts_with("text/plain"))
        return request.client_certificates;
    const auto pem = http::text_member(http::parse_json(request.body), "certificate");
    return pem ? certificates::read_pem(*pem) : request.client_certificates;
}

nlohmann::json or_null(const std::string& text) {
    return text.empty() ? nlohmann::json() : nlohmann::json(text);
}

Response verify(const Call& call, const Services& services) {
    hub::ConnectionString connection;
    hub::Admission admission;
    const auto text = connection_string_of(call.request);
    try {
        connection = hub::parse_connection_string(text);
        auto transaction = services.database.begin();
        admission = hub::admit(transaction, services.instance.hub_policies, connection,
                               certificates_of(call.request), services.clock.now());
    } catch (const FormatError& error) {
        admission.reason = error.what();
    }
    return http::json_response(
        200, nlohmann::json{
                 {"letIn", admission.let_in},
                 {"hub", or_null(connection.id.hub)},
                 {"deviceId", or_null(connection.id.device)},
                 {"moduleId", or_null(connection.id.module)},
                 {"expires", admission.expiry ? nlohmann::json(device_agent::format_utc(*admission.expiry))
                                              : nlohmann::json()},
                 {"reason", admission.reason}});
}

}  // namespace

void add_hub_routes(http::Router& router, const Services& services) {
    router.add("GET", "/_emulator/hubs", [&](Call&) { return hubs(services); });
    router.add("POST", "/_emulator/verify", [&](Call& call) { return verify(call, services); });
}

}  // namespace emulator::control
