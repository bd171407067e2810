// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/service_api.hpp"

#include "emulator/ascii.hpp"
#include "emulator/dps/refusal.hpp"
#include "emulator/dps/registration_store.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/etag.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/sas/token.hpp"
#include "foundation/encoding.hpp"

#include <charconv>

namespace emulator::dps {
namespace {

using http::Call;
using http::Response;

constexpr std::int64_t most_items = 1000;

void check_if_match(const http::Request& request, const Enrollment& present) {
    const auto if_match = request.headers.find("If-Match");
    if (if_match && !http::if_match_allows(*if_match, present.etag)) {
        throw Refusal(RefusalCode::precondition_failed,
                      "If-Match does not name the enrollment's present etag");
    }
}

Refusal not_found() {
    return {RefusalCode::enrollment_not_found, "Enrollment not found"};
}

std::int64_t page_size(const http::Request& request) {
    const auto text = request.headers.find("x-ms-max-item-count");
    if (!text) return most_items;
    std::int64_t count = 0;
    const auto [rest, error] = std::from_chars(text->data(), text->data() + text->size(), count);
    if (error != std::errc{} || rest != text->data() + text->size() || count < 1) {
        throw FormatError("x-ms-max-item-count is not a positive number");
    }
    return std::min(count, most_items);
}

// The token is the last id of the page before it.
std::string page_start(const http::Request& request) {
    const auto token = request.headers.find("x-ms-continuation");
    if (!token) return "";
    const auto id = device_agent::base64_decode(*token);
    if (!id) throw FormatError("x-ms-continuation is not a token of this service");
    return {id->begin(), id->end()};
}

void check_query(const http::Request& request) {
    const auto body = http::parse_json(request.body);
    const auto text = body.is_object() ? http::text_member(body, "query") : std::nullopt;
    if (!text) throw FormatError("the body has no query");
    if (*text != "*" && !equal_ignoring_case(*text, "select * from enrollments")) {
        throw FormatError("the emulator knows the query \"select * from enrollments\" alone");
    }
}

}  // namespace

nlohmann::json with_registration_state(store::Transaction& transaction, const Enrollment& enrollment) {
    auto json = to_json(enrollment);
    const auto registration = find_registration(transaction, enrollment.registration_id);
    if (registration) json["registrationState"] = to_json(*registration);
    return json;
}

ServiceApi::ServiceApi(store::Database& database, const PolicyKeys& policies,
                       std::set<std::string> host_names, std::vector<std::string> linked_hubs,
                       const device_agent::Clock& clock)
    : database_(database),
      policies_(policies),
      host_names_(std::move(host_names)),
      linked_hubs_(std::move(linked_hubs)),
      clock_(clock) {
    router_.add("POST", "/enrollments/query", [this](Call& call) { return query(call); });
    router_.add("PUT", "/enrollments/{registrationId}", [this](Call& call) { return put_enrollment(call); });
    router_.add("GET", "/enrollments/{registrationId}", [this](Call& call) { return get_enrollment(call); });
    router_.add("DELETE", "/enrollments/{registrationId}",
                [this](Call& call) { return delete_enrollment(call); });
}

Response ServiceApi::handle(const http::Request& request) {
    Call call{request};
    Response response;
    try {
        response = dispatch(call);
    } catch (const Refusal& refusal) {
        response = refuse(refusal, clock_.now());
    } catch (const FormatError& error) {
        response = refuse(Refusal(RefusalCode::bad_request, error.what()), clock_.now());
    }
    response.authorized_as = call.authorized_as;
    return response;
}

Response ServiceApi::dispatch(Call& call) {
    authorize(call);
    auto match = router_.match(call.request);
    if (match.handler != nullptr) {
        call.parameters = std::move(match.parameters);
        return (*match.handler)(call);
    }
    if (match.allowed_methods.empty())
        throw Refusal(RefusalCode::not_found, "The emulator does not serve this path");
    auto response =
        refuse(Refusal(RefusalCode::method_not_allowed, "This path has other methods"), clock_.now());
    response.headers.add("Allow", match.allowed_methods);
    return response;
}

void ServiceApi::authorize(Call& call) const {
    const auto header = call.request.headers.find("Authorization");
    if (!header) throw unauthorized("there is no Authorization header");
    sas::Token token;
    try {
        token = sas::parse_token(*header);
    } catch (const FormatError& error) {
        throw unauthorized(error.what());
    }
    const auto key = policies_.find(token.policy);
    if (key == policies_.end()) throw unauthorized("the service has no policy \"" + token.policy + "\"");
    if (!host_names_.contains(call.request.host) || !sas::is_for(token, call.request.host)) {
        throw unauthorized("the token's resource is not the service's host name");
    }
    if (!sas::signed_by_base64(token, key->second.view())) {
        throw unauthorized("the signature was not made with the key of policy " + token.policy);
    }
    if (sas::has_expired(token, clock_.now())) {
        throw unauthorized("the token expired at " + device_agent::format_utc(token.expiry));
    }
    call.authorized_as = "policy " + token.policy;
}

Response ServiceApi::put_enrollment(Call& call) {
    const auto& id = call.parameter("registrationId");
    auto enrollment = parse_enrollment(http::parse_json(call.request.body), id, linked_hubs_);
    auto transaction = database_.begin();
    const auto present = find_enrollment(transaction, id);
    if (present) {
        check_if_match(call.request, *present);
    } else if (call.request.headers.find("If-Match")) {
        throw not_found();
    }
    const auto saved = save_enrollment(transaction, std::move(enrollment), clock_.now());
    transaction.commit();
    return http::json_response(200, to_json(saved));
}

Response ServiceApi::get_enrollment(Call& call) {
    auto transaction = database_.begin();
    const auto enrollment = find_enrollment(transaction, call.parameter("registrationId"));
    if (!enrollment) throw not_found();
    return http::json_response(200, with_registration_state(transaction, *enrollment));
}

Response ServiceApi::delete_enrollment(Call& call) {
    auto transaction = database_.begin();
    const auto enrollment = find_enrollment(transaction, call.parameter("registrationId"));
    if (!enrollment) throw not_found();
    check_if_match(call.request, *enrollment);
    erase_enrollment(transaction, enrollment->registration_id);
    transaction.commit();
    return {.status = 204};
}

Response ServiceApi::query(Call& call) {
    check_query(call.request);
    const auto count = page_size(call.request);
    auto transaction = database_.begin();
    auto enrollments = list_enrollments(transaction, page_start(call.request), count + 1);
    const bool more = static_cast<std::int64_t>(enrollments.size()) > count;
    if (more) enrollments.pop_back();

    auto items = nlohmann::json::array();
    for (const auto& enrollment : enrollments)
        items.push_back(with_registration_state(transaction, enrollment));
    auto response = http::json_response(200, items);
    response.headers.add("x-ms-item-type", "enrollment");
    if (more) {
        response.headers.add(
            "x-ms-continuation",
            device_agent::base64_encode(device_agent::as_bytes(enrollments.back().registration_id)));
    }
    return response;
}

}  // namespace emulator::dps
