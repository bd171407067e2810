// SPDX-License-Identifier: Apache-2.0
// POST /twins/{d}/methods, /twins/{d}/modules/{m}/methods: direct methods.
#include "emulator/hub/routes.hpp"

namespace emulator::hub {
namespace {

http::Response post_method(http::Call& call, Services& services, DirectMethods& methods) {
    services.authorization.require_policy(call, call.request.host, Right::service_connect);
    auto request = parse_method_request(call.request.body);
    auto transaction = services.database.begin();
    const auto identity = Registry::get(transaction, identity_of(call));
    return {.later = [&methods, id = identity.id, request = std::move(request)](auto respond) {
        methods.invoke(id, request, std::move(respond));
    }};
}

}  // namespace

void add_method_routes(http::Router& router, Services& services, DirectMethods& methods) {
    for (const auto* path : {"/twins/{deviceId}/methods", "/twins/{deviceId}/modules/{moduleId}/methods"}) {
        router.add("POST", path, [&](http::Call& call) { return post_method(call, services, methods); });
    }
}

}  // namespace emulator::hub
