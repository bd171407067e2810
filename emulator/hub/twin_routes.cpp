// SPDX-License-Identifier: Apache-2.0
// /twins: twins from the service's side.
#include "emulator/http/etag.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/routes.hpp"

namespace emulator::hub {
namespace {

using http::Call;
using http::Response;

Response twin_response(Services& services, store::Transaction& transaction, const Twin& twin,
                       const Identity& identity) {
    auto response =
        http::json_response(200, to_json(twin, identity, services.live_state(transaction, identity.id)));
    response.headers.add("ETag", http::quoted(twin.etag));
    return response;
}

Response get_twin(Call& call, Services& services) {
    services.authorization.require_policy(call, call.request.host, Right::service_connect);
    auto transaction = services.database.begin();
    const auto identity = Registry::get(transaction, identity_of(call));
    return twin_response(services, transaction, Twins::get(transaction, identity.id), identity);
}

// PATCH merges, PUT replaces.
Response change_twin(Call& call, Services& services,
                     Twin (Twins::*change)(store::Transaction&, const Identity&, const TwinChange&,
                                           std::optional<std::string_view>)) {
    services.authorization.require_policy(call, call.request.host, Right::service_connect);
    const auto wanted = parse_twin_change(http::parse_json(call.request.body));
    auto transaction = services.database.begin();
    const auto identity = Registry::get(transaction, identity_of(call));
    const auto twin =
        (services.twins.*change)(transaction, identity, wanted, call.request.headers.find("If-Match"));
    auto response = twin_response(services, transaction, twin, identity);
    transaction.commit();
    return response;
}

}  // namespace

void add_twin_routes(http::Router& router, Services& services) {
    for (const auto* path : {"/twins/{deviceId}", "/twins/{deviceId}/modules/{moduleId}"}) {
        router.add("GET", path, [&](Call& call) { return get_twin(call, services); });
        router.add("PATCH", path, [&](Call& call) { return change_twin(call, services, &Twins::patch); });
        router.add("PUT", path, [&](Call& call) { return change_twin(call, services, &Twins::replace); });
    }
}

}  // namespace emulator::hub
