// SPDX-License-Identifier: Apache-2.0
// The hub's REST operations, one file a group: each adds its routes to the hub's router.
#pragma once

#include "emulator/http/router.hpp"
#include "emulator/hub/authorization.hpp"
#include "emulator/hub/registry.hpp"

namespace emulator::hub {

/// What the operations work with; outlives the router.
struct Services {
    store::Database& database;
    Registry registry;
    Authorization authorization;
    const device_agent::Clock& clock;
};

void add_device_routes(http::Router& router, Services& services);
void add_module_routes(http::Router& router, Services& services);
void add_twin_routes(http::Router& router, Services& services);

/// 200 with the identity and its ETag.
[[nodiscard]] http::Response identity_response(const Identity& identity);

/// A PUT: with If-Match it updates, without it creates. Does not commit.
[[nodiscard]] Identity put_identity(const http::Request& request, store::Transaction& transaction,
                                    const Registry& registry, const IdentityId& id);

}  // namespace emulator::hub
