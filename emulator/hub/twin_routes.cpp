// SPDX-License-Identifier: Apache-2.0
// /twins: reading and patching twins from the service's side.
#include "emulator/http/etag.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/refusal.hpp"
#include "emulator/hub/routes.hpp"

namespace emulator::hub {
namespace {

using http::Call;
using http::Response;

IdentityId identity_of(const Call& call) {
    const auto module = call.parameters.find("moduleId");
    return {call.request.host, call.parameter("deviceId"),
            module == call.parameters.end() ? "" : module->second};
}

Response twin_response(const Twin& twin, const Identity& identity) {
    auto response = http::json_response(200, to_json(twin, identity));
    response.headers.add("ETag", http::quoted(twin.etag));
    return response;
}

Response get_twin(Call& call, Services& services) {
    services.authorization.require_policy(call, call.request.host, Right::service_connect);
    auto transaction = services.database.begin();
    const auto identity = Registry::get(transaction, identity_of(call));
    return twin_response(find_twin(transaction, identity.id).value(), identity);
}

Response patch_twin(Call& call, Services& services) {
    services.authorization.require_policy(call, call.request.host, Right::service_connect);
    auto transaction = services.database.begin();
    const auto identity = Registry::get(transaction, identity_of(call));
    auto twin = find_twin(transaction, identity.id).value();
    const auto if_match = call.request.headers.find("If-Match");
    if (if_match && !http::if_match_allows(*if_match, twin.etag)) {
        throw Refusal(RefusalCode::precondition_failed,
                      "If-Match does not name the present etag of the twin");
    }
    patch(twin, http::parse_json(call.request.body), services.clock.now());
    update_twin(transaction, identity.id, twin);
    transaction.commit();
    return twin_response(twin, identity);
}

}  // namespace

void add_twin_routes(http::Router& router, Services& services) {
    for (const auto* path : {"/twins/{deviceId}", "/twins/{deviceId}/modules/{moduleId}"}) {
        router.add("GET", path, [&](Call& call) { return get_twin(call, services); });
        router.add("PATCH", path, [&](Call& call) { return patch_twin(call, services); });
    }
}

}  // namespace emulator::hub
