// SPDX-License-Identifier: Apache-2.0
// /registrations: what became of the devices that registered.
#include "emulator/dps/paging.hpp"
#include "emulator/dps/refusal.hpp"
#include "emulator/dps/service_routes.hpp"
#include "emulator/http/json_body.hpp"

namespace emulator::dps {
namespace {

using http::Call;
using http::Response;
using store::Transaction;

Registration require_registration(Transaction& transaction, const Call& call) {
    auto registration = find_registration(transaction, call.parameter("id"));
    if (!registration) throw Refusal(RefusalCode::not_found, "Registration not found");
    return std::move(*registration);
}

Response get(const Call& call, const ServiceContext& context) {
    auto transaction = context.database.begin();
    return http::json_response(200, to_json(require_registration(transaction, call)));
}

// The device registers anew then, as if for the first time; what it has in its hub stays.
Response remove(const Call& call, const ServiceContext& context) {
    auto transaction = context.database.begin();
    const auto registration = require_registration(transaction, call);
    check_if_match(call.request, registration.etag);
    erase_registration(transaction, registration.registration_id);
    transaction.commit();
    return {.status = 204};
}

Response query(const Call& call, const ServiceContext& context) {
    // The reference has no body here; SDKs send one.
    if (!call.request.body.empty()) check_query(call.request, "registrations");
    const auto page = parse_page(call.request);
    auto transaction = context.database.begin();
    const auto group = find_enrollment(transaction, EnrollmentKind::group, call.parameter("id"));
    if (!group) throw Refusal(RefusalCode::enrollment_not_found, "Enrollment group not found");
    auto items = nlohmann::json::array();
    for (const auto& registration : list_registrations(transaction, group->id, page.after, page.size + 1))
        items.push_back(to_json(registration));
    return page_response(page, std::move(items), "deviceRegistration", "registrationId");
}

}  // namespace

void add_registration_routes(http::Router& router, const ServiceContext& context) {
    router.add("GET", "/registrations/{id}", [&context](Call& call) { return get(call, context); });
    router.add("DELETE", "/registrations/{id}", [&context](Call& call) { return remove(call, context); });
    router.add("POST", "/registrations/{id}/query", [&context](Call& call) { return query(call, context); });
}

}  // namespace emulator::dps
