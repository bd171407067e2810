// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/registration_service.hpp"

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

using http::Response;
using store::Transaction;

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

Enrollment require_enrollment(Transaction& transaction, const Caller& caller) {
    auto enrollment = find_enrollment(transaction, caller.registration_id);
    if (!enrollment) throw Refusal(RefusalCode::enrollment_not_found, "Enrollment not found");
    return std::move(*enrollment);
}

DeviceRegistration read_body(const Caller& caller, std::string_view body) {
    auto registration = parse_device_registration(body);
    if (registration.registration_id &&
        !equal_ignoring_case(*registration.registration_id, caller.registration_id)) {
        throw Refusal(RefusalCode::bad_request, "registrationId in the body is not the one in the path");
    }
    return registration;
}

nlohmann::json with_authentication_key(const Registration& registration) {
    auto state = to_json(registration);
    state["tpm"] = {{"authenticationKey", registration.authentication_key}};
    return state;
}

Response authorized(const Enrollment& enrollment, Response response) {
    response.authorized_as = "registration " + enrollment.registration_id;
    return response;
}

}  // namespace

RegistrationService::RegistrationService(store::Database& database, const Settings& settings,
                                         std::string id_scope, std::vector<std::string> linked_hubs,
                                         const hub::Registry& registry, const device_agent::Clock& clock)
    : database_(database),
      settings_(settings),
      id_scope_(std::move(id_scope)),
      linked_hubs_(std::move(linked_hubs)),
      clock_(clock),
      registry_(registry),
      attestation_(clock) {}

template <typename Work>
Response RegistrationService::answer(const Caller& caller, Work work) {
    try {
        check_names(caller);
        auto transaction = database_.begin();
        return work(transaction);
    } catch (const Refusal& refusal) {
        return refuse(refusal, clock_.now());
    } catch (const FormatError& error) {
        return refuse(Refusal(RefusalCode::bad_request, error.what()), clock_.now());
    }
}

void RegistrationService::check_names(const Caller& caller) const {
    if (caller.id_scope != id_scope_) throw Refusal(RefusalCode::not_found, "ID scope not found");
    if (!is_valid_registration_id(caller.registration_id)) {
        throw Refusal(RefusalCode::bad_request, "The registration id is not valid");
    }
}

Response RegistrationService::authenticate(const Caller& caller) {
    return answer(caller, [&](Transaction& transaction) {
        const auto enrollment = require_enrollment(transaction, caller);
        auto attested = attestation_.attest(caller, enrollment, {});
        if (auto* challenge = std::get_if<Response>(&attested)) return std::move(*challenge);
        return authorized(enrollment, {});
    });
}

Response RegistrationService::register_device(const Caller& caller, std::string_view body) {
    return answer(caller, [&](Transaction& transaction) {
        const auto content = read_body(caller, body);
        const auto enrollment = require_enrollment(transaction, caller);
        if (!enrollment.enabled) return disabled(202, new_operation_id(), enrollment);

        auto attested = attestation_.attest(caller, enrollment, content);
        if (auto* challenge = std::get_if<Response>(&attested)) return std::move(*challenge);
        const auto& proof = std::get<TpmProof>(attested);

        const auto previous = find_registration(transaction, enrollment.registration_id);
        const auto assignment =
            assign(transaction, registry_, enrollment, previous, linked_hubs_, clock_.now());
        if (!assignment) return authorized(enrollment, hub_not_linked(new_operation_id(), enrollment));
        const auto registration = save(transaction, enrollment, *assignment, proof, previous);
        transaction.commit();
        return authorized(enrollment, assigning(caller, registration));
    });
}

Registration RegistrationService::save(Transaction& transaction, const Enrollment& enrollment,
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

Response RegistrationService::assigning(const Caller& caller, const Registration& registration) const {
    auto response = http::json_response(
        202, nlohmann::json{{"operationId", registration.operation_id},
                            {"status", "assigning"},
                            {"registrationState",
                             {{"registrationId", registration.registration_id}, {"status", "assigning"}}}});
    response.headers.add("Retry-After", std::to_string(settings_.retry_after().count()));
    response.headers.add("Location", "/" + id_scope_ + "/registrations/" +
                                         device_agent::percent_encode(registration.registration_id) +
                                         "/operations/" + registration.operation_id +
                                         "?api-version=" + device_agent::percent_encode(caller.api_version));
    return response;
}

Response RegistrationService::operation_status(const Caller& caller, const std::string& operation_id) {
    return answer(caller, [&](Transaction& transaction) {
        const auto enrollment = require_enrollment(transaction, caller);
        if (!enrollment.enabled) return disabled(200, operation_id, enrollment);
        const auto registration = find_registration(transaction, enrollment.registration_id);
        if (!registration || registration->operation_id != operation_id) {
            throw Refusal(RefusalCode::not_found, "Operation not found");
        }
        require_device_token(caller, registration->signing_key, clock_.now());
        if (tpm::parse_storage_key(enrollment.endorsement_key).name != registration->endorsement_key) {
            throw unauthorized("the enrollment was given another endorsement key");
        }
        if (clock_.now() < registration->ready)
            return authorized(enrollment, assigning(caller, *registration));
        return authorized(enrollment,
                          http::json_response(200, nlohmann::json{{"operationId", registration->operation_id},
                                                                  {"status", "assigned"},
                                                                  {"registrationState",
                                                                   with_authentication_key(*registration)}}));
    });
}

Response RegistrationService::registration_status(const Caller& caller, std::string_view body) {
    return answer(caller, [&](Transaction& transaction) {
        const auto content = read_body(caller, body);
        const auto enrollment = require_enrollment(transaction, caller);
        if (!enrollment.enabled) {
            return http::json_response(
                200, nlohmann::json{{"registrationId", enrollment.registration_id}, {"status", "disabled"}});
        }
        auto attested = attestation_.attest(caller, enrollment, content);
        if (auto* challenge = std::get_if<Response>(&attested)) return std::move(*challenge);
        const auto registration = find_registration(transaction, enrollment.registration_id);
        if (!registration) throw Refusal(RefusalCode::not_found, "Registration not found");
        return authorized(enrollment, http::json_response(200, to_json(*registration)));
    });
}

}  // namespace emulator::dps
