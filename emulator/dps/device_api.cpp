// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/device_api.hpp"

#include "emulator/ascii.hpp"
#include "emulator/dps/device_token.hpp"
#include "emulator/dps/enrollment_store.hpp"
#include "emulator/dps/refusal.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/tpm/authentication_key.hpp"
#include "emulator/unique_id.hpp"
#include "foundation/encoding.hpp"

namespace emulator::dps {
namespace {

using http::Call;
using http::Response;

// RegistrationOperationStatus of an operation that is over without a device.
Response over(int http_status, const std::string& operation_id, const std::string& registration_id,
              const char* status, const nlohmann::json& more = nlohmann::json::object()) {
    nlohmann::json state{{"registrationId", registration_id}, {"status", status}};
    state.update(more);
    return http::json_response(
        http_status,
        nlohmann::json{{"operationId", operation_id}, {"status", status}, {"registrationState", state}});
}

Response disabled(int http_status, const std::string& operation_id, const Enrollment& enrollment) {
    auto response = over(http_status, operation_id, enrollment.registration_id, "disabled");
    response.refusal = "the enrollment is disabled";
    return response;
}

Response hub_not_linked(const std::string& operation_id, const Enrollment& enrollment) {
    auto response =
        over(202, operation_id, enrollment.registration_id, "failed",
             {{"errorCode", 400208}, {"errorMessage", "The enrollment's hub is not a linked hub"}});
    response.refusal = "the enrollment's hub is not one of those that are served";
    return response;
}

std::string new_operation_id() {
    return "5." + new_guid().substr(0, 8) + "." + new_guid();
}

Enrollment require_enrollment(store::Transaction& transaction, const Call& call) {
    auto enrollment = find_enrollment(transaction, call.parameter("registrationId"));
    if (!enrollment) throw Refusal(RefusalCode::enrollment_not_found, "Enrollment not found");
    return std::move(*enrollment);
}

nlohmann::json with_authentication_key(const Registration& registration) {
    auto state = to_json(registration);
    state["tpm"] = {{"authenticationKey", registration.authentication_key}};
    return state;
}

}  // namespace

DeviceApi::DeviceApi(store::Database& database, const Settings& settings, std::string id_scope,
                     std::vector<std::string> linked_hubs, const hub::Registry& registry,
                     const device_agent::Clock& clock)
    : database_(database),
      settings_(settings),
      id_scope_(std::move(id_scope)),
      linked_hubs_(std::move(linked_hubs)),
      clock_(clock),
      registry_(registry),
      attestation_(clock) {
    router_.add("PUT", "/{idScope}/registrations/{registrationId}/register",
                [this](Call& call) { return put_registration(call); });
    router_.add("GET", "/{idScope}/registrations/{registrationId}/operations/{operationId}",
                [this](Call& call) { return get_operation(call); });
    router_.add("POST", "/{idScope}/registrations/{registrationId}",
                [this](Call& call) { return post_status(call); });
}

Response DeviceApi::handle(const http::Request& request) {
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

Response DeviceApi::dispatch(Call& call) {
    auto match = router_.match(call.request);
    if (match.handler == nullptr) {
        if (match.allowed_methods.empty())
            throw Refusal(RefusalCode::not_found, "The emulator does not serve this path");
        auto response =
            refuse(Refusal(RefusalCode::method_not_allowed, "This path has other methods"), clock_.now());
        response.headers.add("Allow", match.allowed_methods);
        return response;
    }
    call.parameters = std::move(match.parameters);
    if (call.parameter("idScope") != id_scope_) throw Refusal(RefusalCode::not_found, "ID scope not found");
    if (!is_valid_registration_id(call.parameter("registrationId"))) {
        throw Refusal(RefusalCode::bad_request, "The registration id is not valid");
    }
    return (*match.handler)(call);
}

std::string DeviceApi::resource_of(const Call& call) const {
    return id_scope_ + "/registrations/" + call.parameter("registrationId");
}

DeviceRegistration DeviceApi::read_body(const Call& call) const {
    if (!http::is_json(call.request)) {
        throw Refusal(RefusalCode::unsupported_media_type, "The content type is not application/json");
    }
    auto registration = parse_device_registration(call.request.body);
    if (registration.registration_id &&
        !equal_ignoring_case(*registration.registration_id, call.parameter("registrationId"))) {
        throw Refusal(RefusalCode::bad_request, "registrationId in the body is not the one in the path");
    }
    return registration;
}

Response DeviceApi::put_registration(Call& call) {
    const auto body = read_body(call);
    auto transaction = database_.begin();
    const auto enrollment = require_enrollment(transaction, call);
    if (!enrollment.enabled) return disabled(202, new_operation_id(), enrollment);

    auto attested = attestation_.attest(call.request, resource_of(call), enrollment, body);
    if (auto* challenge = std::get_if<Response>(&attested)) return std::move(*challenge);
    const auto& proof = std::get<TpmProof>(attested);
    call.authorized_as = "registration " + enrollment.registration_id;

    const auto previous = find_registration(transaction, enrollment.registration_id);
    const auto assignment = assign(transaction, registry_, enrollment, previous, linked_hubs_, clock_.now());
    if (!assignment) return hub_not_linked(new_operation_id(), enrollment);
    const auto registration = register_device(transaction, enrollment, *assignment, proof, previous);
    transaction.commit();
    return assigning(call, registration);
}

Registration DeviceApi::register_device(store::Transaction& transaction, const Enrollment& enrollment,
                                        const Assignment& assignment, const TpmProof& proof,
                                        const std::optional<Registration>& previous) const {
    const auto now = clock_.now();
    const auto& device = assignment.device;
    const auto hub_key = device_agent::base64_decode_secret(device.authentication.primary_key.view());
    const auto blob =
        tpm::wrap_authentication_key(hub_key.value(), proof.endorsement_key, proof.storage_root_key,
                                     device.id.hub + "/" + device.id.device);
    Registration registration{
        .registration_id = enrollment.registration_id,
        .operation_id = new_operation_id(),
        .ready = now + settings_.retry_after(),
        .signing_key = proof.signing_key,
        .endorsement_key = proof.endorsement_key.name,
        .authentication_key = device_agent::base64_encode(blob),
        .hub = device.id.hub,
        .device_id = device.id.device,
        .substatus = assignment.substatus,
        .etag = new_etag(),
        .created = previous ? previous->created : now,
        .updated = now,
    };
    save_registration(transaction, registration);
    return registration;
}

Response DeviceApi::assigning(const Call& call, const Registration& registration) const {
    auto response = http::json_response(
        202, nlohmann::json{{"operationId", registration.operation_id},
                            {"status", "assigning"},
                            {"registrationState",
                             {{"registrationId", registration.registration_id}, {"status", "assigning"}}}});
    response.headers.add("Retry-After", std::to_string(settings_.retry_after().count()));
    response.headers.add(
        "Location",
        "/" + id_scope_ + "/registrations/" + device_agent::percent_encode(registration.registration_id) +
            "/operations/" + registration.operation_id + "?api-version=" +
            device_agent::percent_encode(call.request.target.parameter("api-version").value_or("")));
    return response;
}

Response DeviceApi::get_operation(Call& call) {
    auto transaction = database_.begin();
    const auto enrollment = require_enrollment(transaction, call);
    if (!enrollment.enabled) return disabled(200, call.parameter("operationId"), enrollment);
    const auto registration = find_registration(transaction, enrollment.registration_id);
    if (!registration || registration->operation_id != call.parameter("operationId")) {
        throw Refusal(RefusalCode::not_found, "Operation not found");
    }
    require_device_token(call.request, resource_of(call), registration->signing_key, clock_.now());
    if (tpm::parse_storage_key(enrollment.endorsement_key).name != registration->endorsement_key) {
        throw unauthorized("the enrollment was given another endorsement key");
    }
    call.authorized_as = "registration " + enrollment.registration_id;
    if (clock_.now() < registration->ready) return assigning(call, *registration);
    return http::json_response(200,
                               nlohmann::json{{"operationId", registration->operation_id},
                                              {"status", "assigned"},
                                              {"registrationState", with_authentication_key(*registration)}});
}

Response DeviceApi::post_status(Call& call) {
    const auto body = read_body(call);
    auto transaction = database_.begin();
    const auto enrollment = require_enrollment(transaction, call);
    if (!enrollment.enabled) {
        return http::json_response(
            200, nlohmann::json{{"registrationId", enrollment.registration_id}, {"status", "disabled"}});
    }
    auto attested = attestation_.attest(call.request, resource_of(call), enrollment, body);
    if (auto* challenge = std::get_if<Response>(&attested)) return std::move(*challenge);
    call.authorized_as = "registration " + enrollment.registration_id;
    const auto registration = find_registration(transaction, enrollment.registration_id);
    if (!registration) throw Refusal(RefusalCode::not_found, "Registration not found");
    return http::json_response(200, to_json(*registration));
}

}  // namespace emulator::dps
