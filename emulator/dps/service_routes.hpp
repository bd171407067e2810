// SPDX-License-Identifier: Apache-2.0
// The service API's operations, one file a group: each adds its routes.
#pragma once

#include "emulator/dps/enrollment_store.hpp"
#include "emulator/dps/registration_store.hpp"
#include "emulator/http/router.hpp"

namespace emulator::dps {

/// What the operations work with; outlives the router.
struct ServiceContext {
    store::Database& database;
    const std::vector<std::string> linked_hubs;
    const device_agent::Clock& clock;
};

void add_enrollment_routes(http::Router& router, const ServiceContext& context);
void add_bulk_routes(http::Router& router, const ServiceContext& context);
void add_registration_routes(http::Router& router, const ServiceContext& context);

/// Throws Refusal (412) for an If-Match that does not name `etag`. Without one, anything goes.
void check_if_match(const http::Request& request, const std::string& etag);

/// Reads `body` and saves it in place of `present`. Throws FormatError, also for a group too many.
[[nodiscard]] Enrollment put_enrollment(store::Transaction& transaction, const ServiceContext& context,
                                        const nlohmann::json& body, EnrollmentKind kind,
                                        const std::string& id, const std::optional<Enrollment>& present);

/// An individual enrollment with the registration that was made by it, if there is one.
[[nodiscard]] nlohmann::json with_registration_state(store::Transaction& transaction,
                                                     const Enrollment& enrollment);

}  // namespace emulator::dps
