// SPDX-License-Identifier: Apache-2.0
// /_emulator/enrollments and /_emulator/enrollmentGroups: the same as the service API's, for those who hold
// the control token; and what the webhook of an enrollment would answer.
#include "emulator/control/api.hpp"
#include "emulator/control/refusal.hpp"
#include "emulator/dps/custom_answer.hpp"
#include "emulator/dps/service_routes.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/tpm/object_name.hpp"
#include "foundation/encoding.hpp"

#include <limits>

namespace emulator::control {
namespace {

using dps::Enrollment;
using dps::EnrollmentKind;
using http::Call;
using http::Response;
using store::Transaction;

constexpr auto all = std::numeric_limits<std::int64_t>::max();

// What the two kinds differ in, seen from outside.
struct Collection {
    EnrollmentKind kind;
    const char* name;  ///< in the path, and in answers
};

// A TPM's registration id need not be given: SDKs and the agent derive it from the endorsement key.
std::string derived_id(const nlohmann::json& item) {
    const auto* attestation = http::object_member(item, "attestation");
    const auto* tpm = attestation == nullptr ? nullptr : http::object_member(*attestation, "tpm");
    const auto text = tpm == nullptr ? std::nullopt : http::text_member(*tpm, "endorsementKey");
    const auto key = text ? device_agent::base64_decode(*text) : std::nullopt;
    if (!key)
        throw FormatError("registrationId is missing, and there is no endorsement key to derive it from");
    return tpm::derived_registration_id(*key);
}

std::string id_of(const nlohmann::json& item, EnrollmentKind kind) {
    if (!item.is_object()) throw FormatError("an enrollment is not a JSON object");
    if (const auto id = http::text_member(item, dps::id_member(kind))) return *id;
    if (kind == EnrollmentKind::group) throw FormatError("enrollmentGroupId is missing");
    return derived_id(item);
}

nlohmann::json shown(Transaction& transaction, const Enrollment& enrollment) {
    return enrollment.kind == EnrollmentKind::individual
               ? dps::with_registration_state(transaction, enrollment)
               : dps::to_json(enrollment);
}

Response list(const Services& services, const Collection& collection) {
    auto transaction = services.database.begin();
    auto items = nlohmann::json::array();
    for (const auto& enrollment : dps::list_enrollments(transaction, collection.kind, "", all))
        items.push_back(shown(transaction, enrollment));
    return http::json_response(200, nlohmann::json{{collection.name, items}});
}

nlohmann::json save_item(Transaction& transaction, const Services& services, const nlohmann::json& item,
                         EnrollmentKind kind) {
    const auto id = id_of(item, kind);
    const dps::ServiceContext context{services.database, services.instance.hubs, services.clock};
    try {
        const auto present = dps::find_enrollment(transaction, kind, id);
        auto json = dps::to_json(dps::put_enrollment(transaction, context, item, kind, id, present));
        json["created"] = !present;
        return json;
    } catch (const FormatError& error) {
        throw FormatError("enrollment \"" + id + "\": " + error.what());
    }
}

// All of them, or none.
Response save(const Call& call, const Services& services, const Collection& collection) {
    const auto body = http::parse_json(call.request.body);
    const auto items = body.is_array() ? body : nlohmann::json::array({body});
    if (items.empty()) throw FormatError("there is no enrollment in the body");
    auto transaction = services.database.begin();
    auto saved = nlohmann::json::array();
    for (const auto& item : items)
        saved.push_back(save_item(transaction, services, item, collection.kind));
    transaction.commit();
    return http::json_response(200, nlohmann::json{{collection.name, saved}});
}

Response remove(const Call& call, const Services& services, EnrollmentKind kind) {
    auto transaction = services.database.begin();
    if (!dps::erase_enrollment(transaction, kind, call.parameter("id")))
        throw Refusal(404, "there is no such enrollment");
    transaction.commit();
    return {.status = 204};
}

Response attestation_mechanism(const Call& call, const Services& services, EnrollmentKind kind) {
    auto transaction = services.database.begin();
    const auto enrollment = dps::find_enrollment(transaction, kind, call.parameter("id"));
    if (!enrollment) throw Refusal(404, "there is no such enrollment");
    return http::json_response(200, dps::to_json_with_secrets(enrollment->mechanism));
}

Response put_answer(const Call& call, const Services& services, EnrollmentKind kind) {
    const auto answer = dps::parse_custom_answer(http::parse_json(call.request.body), services.instance.hubs);
    auto transaction = services.database.begin();
    const auto enrollment = dps::find_enrollment(transaction, kind, call.parameter("id"));
    if (!enrollment) throw Refusal(404, "there is no such enrollment");
    if (enrollment->allocation_policy != dps::AllocationPolicy::custom)
        throw Refusal(409, "the enrollment's allocationPolicy is not custom: nobody would ask");
    dps::save_custom_answer(transaction, kind, enrollment->id, answer);
    transaction.commit();
    return http::json_response(200, dps::to_json(answer));
}

Response get_answer(const Call& call, const Services& services, EnrollmentKind kind) {
    auto transaction = services.database.begin();
    const auto configured = dps::find_custom_answer(transaction, kind, call.parameter("id"));
    if (!configured) throw Refusal(404, "no answer is configured for this enrollment");
    return http::json_response(200, nlohmann::json{{"answer", dps::to_json(configured->answer)},
                                                   {"lastRequest", configured->last_request}});
}

Response remove_answer(const Call& call, const Services& services, EnrollmentKind kind) {
    auto transaction = services.database.begin();
    if (!dps::erase_custom_answer(transaction, kind, call.parameter("id")))
        throw Refusal(404, "no answer is configured for this enrollment");
    transaction.commit();
    return {.status = 204};
}

void add_collection(http::Router& router, const Services& services, const Collection& collection) {
    const auto kind = collection.kind;
    const auto path = std::string("/_emulator/") + collection.name;
    const auto answer = path + "/{id}/allocation";
    router.add("GET", path, [&, collection](Call&) { return list(services, collection); });
    router.add("POST", path, [&, collection](Call& call) { return save(call, services, collection); });
    router.add("DELETE", path + "/{id}", [&, kind](Call& call) { return remove(call, services, kind); });
    router.add("GET", path + "/{id}/attestationmechanism",
               [&, kind](Call& call) { return attestation_mechanism(call, services, kind); });
    router.add("PUT", answer, [&, kind](Call& call) { return put_answer(call, services, kind); });
    router.add("GET", answer, [&, kind](Call& call) { return get_answer(call, services, kind); });
    router.add("DELETE", answer, [&, kind](Call& call) { return remove_answer(call, services, kind); });
}

}  // namespace

void add_enrollment_routes(http::Router& router, const Services& services) {
    add_collection(router, services, {EnrollmentKind::individual, "enrollments"});
    add_collection(router, services, {EnrollmentKind::group, "enrollmentGroups"});
}

}  // namespace emulator::control
