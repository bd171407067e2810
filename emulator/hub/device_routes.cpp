// SPDX-License-Identifier: Apache-2.0
// /devices: the registry of devices. All but reading oneself is for service policies.
#include "emulator/http/etag.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/refusal.hpp"
#include "emulator/hub/routes.hpp"

#include <charconv>

namespace emulator::hub {
namespace {

using http::Call;
using http::Response;

constexpr std::int64_t most_listed = 1000;

std::int64_t top_of(const http::Request& request) {
    const auto text = request.target.parameter("top");
    if (!text) return most_listed;
    std::int64_t top = 0;
    const auto [rest, error] = std::from_chars(text->data(), text->data() + text->size(), top);
    if (error != std::errc{} || rest != text->data() + text->size() || top < 1 || top > most_listed) {
        throw Refusal(RefusalCode::argument_invalid, "top is not a number from 1 to 1000");
    }
    return top;
}

Response put_device(Call& call, Services& services) {
    services.authorization.require_policy(call, call.request.host, Right::registry_write);
    auto transaction = services.database.begin();
    const auto device = put_identity(call.request, transaction, services.registry, identity_of(call));
    const auto live = services.live_state(transaction, device.id);
    transaction.commit();
    return identity_response(device, live);
}

Response get_device(Call& call, Services& services) {
    auto transaction = services.database.begin();
    services.authorization.require_device_or_policy(call, transaction, identity_of(call),
                                                    Right::registry_read);
    const auto device = Registry::get(transaction, identity_of(call));
    return identity_response(device, services.live_state(transaction, device.id));
}

Response delete_device(Call& call, Services& services) {
    services.authorization.require_policy(call, call.request.host, Right::registry_write);
    auto transaction = services.database.begin();
    services.registry.remove(transaction, identity_of(call), call.request.headers.find("If-Match"));
    transaction.commit();
    return {.status = 204};
}

Response list(Call& call, Services& services) {
    services.authorization.require_policy(call, call.request.host, Right::registry_read);
    auto transaction = services.database.begin();
    auto devices = nlohmann::json::array();
    for (const auto& device : list_devices(transaction, call.request.host, top_of(call.request))) {
        devices.push_back(to_json(device, services.live_state(transaction, device.id)));
    }
    return http::json_response(200, devices);
}

}  // namespace

IdentityId identity_of(const Call& call) {
    const auto module = call.parameters.find("moduleId");
    return {call.request.host, call.parameter("deviceId"),
            module == call.parameters.end() ? "" : module->second};
}

Response identity_response(const Identity& identity, const LiveState& live) {
    auto response = http::json_response(200, to_json(identity, live));
    response.headers.add("ETag", http::quoted(identity.etag));
    return response;
}

Identity put_identity(const http::Request& request, store::Transaction& transaction, const Registry& registry,
                      const IdentityId& id) {
    const auto change = parse_identity_change(http::parse_json(request.body), id);
    if (const auto if_match = request.headers.find("If-Match")) {
        return registry.update(transaction, id, change, *if_match);
    }
    return registry.create(transaction, id, change);
}

void add_device_routes(http::Router& router, Services& services) {
    router.add("GET", "/devices", [&](Call& call) { return list(call, services); });
    router.add("PUT", "/devices/{deviceId}", [&](Call& call) { return put_device(call, services); });
    router.add("GET", "/devices/{deviceId}", [&](Call& call) { return get_device(call, services); });
    router.add("DELETE", "/devices/{deviceId}", [&](Call& call) { return delete_device(call, services); });
}

}  // namespace emulator::hub
