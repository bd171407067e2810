// SPDX-License-Identifier: Apache-2.0
// POST /enrollments: many individual enrollments at once, each for itself.
#include "emulator/ascii.hpp"
#include "emulator/dps/refusal.hpp"
#include "emulator/dps/service_routes.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/etag.hpp"
#include "emulator/http/json_body.hpp"

#include <array>

namespace emulator::dps {
namespace {

using http::Call;
using http::Response;
using store::Transaction;

constexpr auto kind = EnrollmentKind::individual;

enum class Mode { create, update, update_if_match, remove };

// SDKs differ in how they spell the longest one: "updateIfMatchEtag", "updateIfMatchETag".
Mode parse_mode(const nlohmann::json& body) {
    constexpr std::array<std::pair<const char*, Mode>, 4> names{{{"create", Mode::create},
                                                                 {"update", Mode::update},
                                                                 {"updateIfMatchETag", Mode::update_if_match},
                                                                 {"delete", Mode::remove}}};
    const auto text = http::text_member(body, "mode").value_or("");
    for (const auto& [name, mode] : names) {
        if (equal_ignoring_case(text, name)) return mode;
    }
    throw FormatError("mode is none of create, update, updateIfMatchETag and delete");
}

void check_state(const nlohmann::json& item, Mode mode, const std::optional<Enrollment>& present) {
    if (mode == Mode::create) {
        if (present) throw Refusal(RefusalCode::already_exists, "There is an enrollment of this id");
        return;
    }
    if (!present) throw Refusal(RefusalCode::enrollment_not_found, "Enrollment not found");
    if (mode != Mode::update_if_match) return;
    const auto etag = http::text_member(item, "etag");
    if (!etag) throw FormatError("etag is missing");
    if (!http::if_match_allows(*etag, present->etag))
        throw Refusal(RefusalCode::precondition_failed, "etag is not the present one");
}

void apply(Transaction& transaction, const ServiceContext& context, const nlohmann::json& item, Mode mode) {
    const auto id = http::text_member(item, id_member(kind));
    if (!id) throw FormatError("registrationId is missing");
    const auto present = find_enrollment(transaction, kind, *id);
    check_state(item, mode, present);
    if (mode == Mode::remove) {
        erase_enrollment(transaction, kind, *id);
    } else {
        static_cast<void>(put_enrollment(transaction, context, item, kind, *id, present));
    }
}

nlohmann::json error_json(const nlohmann::json& item, RefusalCode code, const char* message) {
    const auto id = item.find(id_member(kind));
    const bool named = id != item.end() && id->is_string();
    return {{"registrationId", named ? *id : nlohmann::json()},
            {"errorCode", static_cast<int>(code)},
            {"errorStatus", message}};
}

Response bulk(const Call& call, const ServiceContext& context) {
    const auto body = http::parse_json(call.request.body);
    if (!body.is_object()) throw FormatError("the body is not a JSON object");
    const auto mode = parse_mode(body);
    const auto items = body.find("enrollments");
    if (items == body.end() || !items->is_array() || items->empty())
        throw FormatError("enrollments is not a list with something in it");
    auto transaction = context.database.begin();
    auto errors = nlohmann::json::array();
    for (const auto& item : *items) {
        if (!item.is_object()) throw FormatError("enrollments has an element that is not an object");
        try {
            apply(transaction, context, item, mode);
        } catch (const Refusal& refusal) {
            errors.push_back(error_json(item, refusal.code(), refusal.what()));
        } catch (const FormatError& error) {
            errors.push_back(error_json(item, RefusalCode::bad_request, error.what()));
        }
    }
    transaction.commit();
    return http::json_response(200, nlohmann::json{{"isSuccessful", errors.empty()}, {"errors", errors}});
}

}  // namespace

void add_bulk_routes(http::Router& router, const ServiceContext& context) {
    router.add("POST", "/enrollments", [&context](Call& call) { return bulk(call, context); });
}

}  // namespace emulator::dps
