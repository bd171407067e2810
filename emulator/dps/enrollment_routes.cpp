// SPDX-License-Identifier: Apache-2.0
// /enrollments and /enrollmentGroups: one entry at a time, and queries.
#include "emulator/dps/group_proof.hpp"
#include "emulator/dps/paging.hpp"
#include "emulator/dps/refusal.hpp"
#include "emulator/dps/service_routes.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/etag.hpp"
#include "emulator/http/json_body.hpp"

#include <algorithm>

namespace emulator::dps {
namespace {

using http::Call;
using http::Response;
using store::Transaction;

// What the two kinds differ in, seen from outside.
struct Collection {
    EnrollmentKind kind;
    std::string path;
    const char* name;
    const char* item_type;
};

Refusal not_found(EnrollmentKind kind) {
    return {RefusalCode::enrollment_not_found,
            kind == EnrollmentKind::individual ? "Enrollment not found" : "Enrollment group not found"};
}

Enrollment require_enrollment(Transaction& transaction, const Call& call, EnrollmentKind kind) {
    auto enrollment = find_enrollment(transaction, kind, call.parameter("id"));
    if (!enrollment) throw not_found(kind);
    return std::move(*enrollment);
}

nlohmann::json shown(Transaction& transaction, const Enrollment& enrollment) {
    return enrollment.kind == EnrollmentKind::individual ? with_registration_state(transaction, enrollment)
                                                         : to_json(enrollment);
}

Response put(const Call& call, const ServiceContext& context, EnrollmentKind kind) {
    const auto& id = call.parameter("id");
    const auto body = http::parse_json(call.request.body);
    auto transaction = context.database.begin();
    const auto present = find_enrollment(transaction, kind, id);
    if (present) {
        check_if_match(call.request, present->etag);
    } else if (call.request.headers.find("If-Match")) {
        // What is wrong with the body is told first, as for an enrollment that is there.
        static_cast<void>(parse_enrollment(body, kind, id, context.linked_hubs, nullptr));
        throw not_found(kind);
    }
    const auto saved = put_enrollment(transaction, context, body, kind, id, present);
    transaction.commit();
    return http::json_response(200, to_json(saved));
}

Response get(const Call& call, const ServiceContext& context, EnrollmentKind kind) {
    auto transaction = context.database.begin();
    return http::json_response(200, shown(transaction, require_enrollment(transaction, call, kind)));
}

Response remove(const Call& call, const ServiceContext& context, EnrollmentKind kind) {
    auto transaction = context.database.begin();
    const auto enrollment = require_enrollment(transaction, call, kind);
    check_if_match(call.request, enrollment.etag);
    erase_enrollment(transaction, kind, enrollment.id);
    transaction.commit();
    return {.status = 204};
}

Response attestation_mechanism(const Call& call, const ServiceContext& context, EnrollmentKind kind) {
    auto transaction = context.database.begin();
    return http::json_response(200,
                               to_json_with_secrets(require_enrollment(transaction, call, kind).mechanism));
}

Response query(const Call& call, const ServiceContext& context, const Collection& collection) {
    check_query(call.request, collection.name);
    const auto page = parse_page(call.request);
    auto transaction = context.database.begin();
    auto items = nlohmann::json::array();
    for (const auto& enrollment : list_enrollments(transaction, collection.kind, page.after, page.size + 1))
        items.push_back(shown(transaction, enrollment));
    return page_response(page, std::move(items), collection.item_type, id_member(collection.kind));
}

void add_collection(http::Router& router, const ServiceContext& context, const Collection& collection) {
    const auto kind = collection.kind;
    const auto item = collection.path + "/{id}";
    router.add("POST", collection.path + "/query",
               [&context, collection](Call& call) { return query(call, context, collection); });
    router.add("PUT", item, [&context, kind](Call& call) { return put(call, context, kind); });
    router.add("GET", item, [&context, kind](Call& call) { return get(call, context, kind); });
    router.add("DELETE", item, [&context, kind](Call& call) { return remove(call, context, kind); });
    router.add("POST", item + "/attestationmechanism",
               [&context, kind](Call& call) { return attestation_mechanism(call, context, kind); });
}

// Groups of each kind of attestation are limited.
void check_room(Transaction& transaction, const Enrollment& wanted) {
    const bool by_key = std::holds_alternative<SymmetricKeyMechanism>(wanted.mechanism);
    const auto groups = list_enrollments(transaction, EnrollmentKind::group, "", most_groups);
    const auto others = std::count_if(groups.begin(), groups.end(), [&](const Enrollment& group) {
        return std::holds_alternative<SymmetricKeyMechanism>(group.mechanism) == by_key &&
               group.id != wanted.id;
    });
    if (others >= most_groups_of_a_kind)
        throw FormatError("there are " + std::to_string(most_groups_of_a_kind) +
                          " groups of this kind of attestation, as many as there may be");
}

}  // namespace

void check_if_match(const http::Request& request, const std::string& etag) {
    const auto if_match = request.headers.find("If-Match");
    if (if_match && !http::if_match_allows(*if_match, etag))
        throw Refusal(RefusalCode::precondition_failed, "If-Match does not name the present etag");
}

Enrollment put_enrollment(Transaction& transaction, const ServiceContext& context, const nlohmann::json& body,
                          EnrollmentKind kind, const std::string& id,
                          const std::optional<Enrollment>& present) {
    auto enrollment = parse_enrollment(body, kind, id, context.linked_hubs, present ? &*present : nullptr);
    if (present) enrollment.id = present->id;
    if (kind == EnrollmentKind::group) check_room(transaction, enrollment);
    return save_enrollment(transaction, std::move(enrollment), context.clock.now());
}

nlohmann::json with_registration_state(Transaction& transaction, const Enrollment& enrollment) {
    auto json = to_json(enrollment);
    const auto registration = find_registration(transaction, enrollment.id);
    if (registration && registration->group_id.empty()) json["registrationState"] = to_json(*registration);
    return json;
}

void add_enrollment_routes(http::Router& router, const ServiceContext& context) {
    add_collection(router, context,
                   {EnrollmentKind::individual, "/enrollments", "enrollments", "enrollment"});
    add_collection(router, context,
                   {EnrollmentKind::group, "/enrollmentGroups", "enrollmentGroups", "enrollmentGroup"});
}

}  // namespace emulator::dps
