// SPDX-License-Identifier: Apache-2.0
// The hub's REST operations, one file a group: each adds its routes to the hub's router.
#pragma once

#include "emulator/http/router.hpp"
#include "emulator/hub/direct_methods.hpp"
#include "emulator/hub/services.hpp"

namespace emulator::hub {

/// Which identity a path names, by its parameters deviceId and (when it has one) moduleId.
[[nodiscard]] IdentityId identity_of(const http::Call& call);

// `services` outlives the router.
void add_device_routes(http::Router& router, Services& services);
void add_module_routes(http::Router& router, Services& services);
void add_twin_routes(http::Router& router, Services& services);
void add_bulk_routes(http::Router& router, Services& services);
void add_query_routes(http::Router& router, Services& services);
void add_configuration_routes(http::Router& router, Services& services);
void add_cloud_message_routes(http::Router& router, Services& services);
void add_device_message_routes(http::Router& router, Services& services);

/// The query parameter `top`: 1 to 1000, which it is when it is left out. Throws Refusal.
[[nodiscard]] std::int64_t top_of(const http::Request& request);
void add_method_routes(http::Router& router, Services& services, DirectMethods& methods);

/// 200 with the identity and its ETag.
[[nodiscard]] http::Response identity_response(const Identity& identity, const LiveState& live);

/// A PUT: with If-Match it updates, without it creates. Does not commit.
[[nodiscard]] Identity put_identity(const http::Request& request, store::Transaction& transaction,
                                    const Registry& registry, const IdentityId& id);

}  // namespace emulator::hub
