// SPDX-License-Identifier: Apache-2.0
// /devices/{deviceId}/modules: for the device itself and for service policies.
#include "emulator/http/json_body.hpp"
#include "emulator/hub/refusal.hpp"
#include "emulator/hub/routes.hpp"

namespace emulator::hub {
namespace {

using http::Call;
using http::Response;

IdentityId device_of(const Call& call) {
    return identity_of(call).of_device();
}

Response put_module(Call& call, Services& services) {
    auto transaction = services.database.begin();
    services.authorization.require_device_or_policy(call, transaction, device_of(call),
                                                    Right::registry_write);
    const auto module = put_identity(call.request, transaction, services.registry, identity_of(call));
    const auto live = services.live_state(transaction, module.id);
    transaction.commit();
    return identity_response(module, live);
}

Response get_module(Call& call, Services& services) {
    auto transaction = services.database.begin();
    services.authorization.require_device_or_policy(call, transaction, device_of(call), Right::registry_read);
    const auto module = Registry::get(transaction, identity_of(call));
    return identity_response(module, services.live_state(transaction, module.id));
}

Response delete_module(Call& call, Services& services) {
    auto transaction = services.database.begin();
    services.authorization.require_device_or_policy(call, transaction, device_of(call),
                                                    Right::registry_write);
    services.registry.remove(transaction, identity_of(call), call.request.headers.find("If-Match"));
    transaction.commit();
    return {.status = 204};
}

Response list(Call& call, Services& services) {
    auto transaction = services.database.begin();
    services.authorization.require_device_or_policy(call, transaction, device_of(call), Right::registry_read);
    auto modules = nlohmann::json::array();
    for (const auto& module : list_modules(transaction, Registry::get(transaction, device_of(call)).id)) {
        modules.push_back(to_json(module, services.live_state(transaction, module.id)));
    }
    return http::json_response(200, modules);
}

}  // namespace

void add_module_routes(http::Router& router, Services& services) {
    router.add("GET", "/devices/{deviceId}/modules", [&](Call& call) { return list(call, services); });
    router.add("PUT", "/devices/{deviceId}/modules/{moduleId}",
               [&](Call& call) { return put_module(call, services); });
    router.add("GET", "/devices/{deviceId}/modules/{moduleId}",
               [&](Call& call) { return get_module(call, services); });
    router.add("DELETE", "/devices/{deviceId}/modules/{moduleId}",
               [&](Call& call) { return delete_module(call, services); });
}

}  // namespace emulator::hub
