// SPDX-License-Identifier: Apache-2.0
// GET /_emulator/hubs/{hub}/devices/{deviceId}[/modules/{moduleId}]/twin: as the service API shows it.
#include "emulator/control/api.hpp"
#include "emulator/control/refusal.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/identity_store.hpp"

namespace emulator::control {
namespace {

using http::Call;
using http::Response;

Response twin(const Call& call, const Services& services) {
    const auto module = call.parameters.find("moduleId");
    const hub::IdentityId id{call.parameter("hub"), call.parameter("deviceId"),
                             module == call.parameters.end() ? std::string() : module->second};
    auto transaction = services.database.begin();
    const auto identity = hub::find_identity(transaction, id);
    const auto found = hub::find_twin(transaction, id);
    if (!identity || !found) throw Refusal(404, "hub " + id.hub + " has no " + id.describe());
    return http::json_response(200,
                               hub::to_json(*found, *identity, services.hub.live_state(transaction, id)));
}

}  // namespace

void add_twin_routes(http::Router& router, const Services& services) {
    const std::string device = "/_emulator/hubs/{hub}/devices/{deviceId}";
    for (const auto& identity : {device, device + "/modules/{moduleId}"})
        router.add("GET", identity + "/twin", [&](Call& call) { return twin(call, services); });
}

}  // namespace emulator::control
