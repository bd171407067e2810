// SPDX-License-Identifier: Apache-2.0
// /_emulator/enrollments: the same enrollments as the service API's, for those who hold the control token.
#include "emulator/control/api.hpp"
#include "emulator/control/refusal.hpp"
#include "emulator/dps/enrollment_store.hpp"
#include "emulator/dps/service_api.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/tpm/object_name.hpp"
#include "foundation/encoding.hpp"

#include <limits>

namespace emulator::control {
namespace {

using http::Call;
using http::Response;

// A TPM's registration id need not be given: SDKs and the agent derive it from the endorsement key.
std::string registration_id_of(const nlohmann::json& item) {
    if (!item.is_object()) throw FormatError("an enrollment is not a JSON object");
    if (const auto id = http::text_member(item, "registrationId")) return *id;
    const auto* attestation = http::object_member(item, "attestation");
    const auto* tpm = attestation == nullptr ? nullptr : http::object_member(*attestation, "tpm");
    const auto text = tpm == nullptr ? std::nullopt : http::text_member(*tpm, "endorsementKey");
    const auto key = text ? device_agent::base64_decode(*text) : std::nullopt;
    if (!key)
        throw FormatError("registrationId is missing, and there is no endorsement key to derive it from");
    return tpm::derived_registration_id(*key);
}

dps::Enrollment parse_item(const nlohmann::json& item, const std::vector<std::string>& hubs) {
    const auto id = registration_id_of(item);
    try {
        return dps::parse_enrollment(item, id, hubs);
    } catch (const FormatError& error) {
        throw FormatError("enrollment \"" + id + "\": " + error.what());
    }
}

Response list(const Services& services) {
    auto transaction = services.database.begin();
    auto items = nlohmann::json::array();
    for (const auto& enrollment :
         dps::list_enrollments(transaction, "", std::numeric_limits<std::int64_t>::max())) {
        items.push_back(dps::with_registration_state(transaction, enrollment));
    }
    return http::json_response(200, nlohmann::json{{"enrollments", items}});
}

// All of them, or none.
Response save(const Call& call, const Services& services) {
    const auto body = http::parse_json(call.request.body);
    const auto items = body.is_array() ? body : nlohmann::json::array({body});
    if (items.empty()) throw FormatError("there is no enrollment in the body");
    auto transaction = services.database.begin();
    auto saved = nlohmann::json::array();
    for (const auto& item : items) {
        auto enrollment = parse_item(item, services.instance.hubs);
        const bool existed = dps::find_enrollment(transaction, enrollment.registration_id).has_value();
        auto json =
            dps::to_json(dps::save_enrollment(transaction, std::move(enrollment), services.clock.now()));
        json["created"] = !existed;
        saved.push_back(std::move(json));
    }
    transaction.commit();
    return http::json_response(200, nlohmann::json{{"enrollments", saved}});
}

Response remove(const Call& call, const Services& services) {
    auto transaction = services.database.begin();
    if (!dps::erase_enrollment(transaction, call.parameter("registrationId"))) {
        throw Refusal(404, "there is no such enrollment");
    }
    transaction.commit();
    return {.status = 204};
}

}  // namespace

void add_enrollment_routes(http::Router& router, const Services& services) {
    router.add("GET", "/_emulator/enrollments", [&](Call&) { return list(services); });
    router.add("POST", "/_emulator/enrollments", [&](Call& call) { return save(call, services); });
    router.add("DELETE", "/_emulator/enrollments/{registrationId}",
               [&](Call& call) { return remove(call, services); });
}

}  // namespace emulator::control
