// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/registration_service.hpp"

#include "emulator/ascii.hpp"
#include "emulator/dps/refusal.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/tpm/authentication_key.hpp"
#include "emulator/tpm/storage_key.hpp"
#include "emulator/unique_id.hpp"
#include "foundation/encoding.hpp"

namespace emulator::dps {
namespace {

using http::Response;
using store::Transaction;

Response authorized(const std::string& registration_id, Response response) {
    response.authorized_as = "registration " + registration_id;
    return response;
}

// RegistrationOperationStatus.
nlohmann::json operation_json(const std::string& operation_id, const nlohmann::json& state) {
    return {{"operationId", operation_id}, {"status", state.at("status")}, {"registrationState", state}};
}

nlohmann::json disabled_state(const Attested& attested) {
    return {{"registrationId", attested.registration_id}, {"status", "disabled"}};
}

Response disabled(int http_status, const nlohmann::json& body) {
    auto response = http::json_response(http_status, body);
    response.refusal = "the enrollment is disabled";
    return response;
}

std::string new_operation_id() {
    return "5." + new_guid().substr(0, 8) + "." + new_guid();
}

DeviceRegistration read_body(const Caller& caller, std::string_view body) {
    if (body.size() > RegistrationService::most_body_bytes)
        throw Refusal(RefusalCode::body_too_large, "The body is larger than 96 KB");
    auto registration = parse_device_registration(body);
    if (registration.registration_id &&
        !equal_ignoring_case(*registration.registration_id, caller.registration_id)) {
        throw Refusal(RefusalCode::bad_request, "registrationId in the body is not the one in the path");
    }
    return registration;
}

// With what only the device itself is told.
nlohmann::json device_state(const Registration& registration) {
    auto state = to_json(registration);
    if (!registration.failure && !registration.authentication_key.empty())
        state["tpm"] = {{"authenticationKey", registration.authentication_key}};
    return state;
}

// The device's key at its hub, for its TPM alone.
std::string wrap_hub_key(const hub::Identity& device, const TpmProof& proof) {
    const auto key = device_agent::base64_decode_secret(device.authentication.primary_key.view());
    return device_agent::base64_encode(tpm::wrap_authentication_key(
        key.value(), proof.endorsement_key, proof.storage_root_key, device.id.hub + "/" + device.id.device));
}

// Whoever polls must belong to what the operation was begun for.
void check_unchanged(const Attested& attested, const Registration& registration) {
    const auto& enrollment = attested.enrollment;
    const auto group_id = enrollment.kind == EnrollmentKind::group ? enrollment.id : std::string();
    if (!equal_ignoring_case(group_id, registration.group_id))
        throw unauthorized("the operation was begun under another enrollment");
    const auto* tpm = std::get_if<TpmMechanism>(&enrollment.mechanism);
    if (tpm != nullptr && tpm::parse_storage_key(tpm->endorsement_key).name != registration.endorsement_key) {
        throw unauthorized("the enrollment was given another endorsement key");
    }
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
        auto transaction = caller.takes_conditions ? database_.join() : database_.begin();
        auto response = work(transaction);
        response.provided = transaction.leave();
        return response;
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
        auto result = attestation_.attest(transaction, caller, {});
        if (auto* challenge = std::get_if<Response>(&result)) return std::move(*challenge);
        return authorized(std::get<Attested>(result).registration_id, {});
    });
}

Response RegistrationService::register_device(const Caller& caller, std::string_view body) {
    return answer(caller, [&](Transaction& transaction) {
        const auto content = read_body(caller, body);
        auto result = attestation_.attest(transaction, caller, content);
        if (auto* challenge = std::get_if<Response>(&result)) return std::move(*challenge);
        auto& attested = std::get<Attested>(result);
        if (!attested.enrollment.enabled)
            return disabled(202, operation_json(new_operation_id(), disabled_state(attested)));
        const auto registration = provision(transaction, std::move(attested), content.payload);
        return authorized(registration.registration_id, assigning(caller, registration));
    });
}

Registration RegistrationService::provision(Transaction& transaction, Attested attested,
                                            const nlohmann::json& payload) const {
    const auto now = clock_.now();
    const auto previous = find_registration(transaction, attested.registration_id);
    if (previous) attested.registration_id = previous->registration_id;  // its spelling names the device
    Registration registration{
        .registration_id = attested.registration_id,
        .group_id = attested.enrollment.kind == EnrollmentKind::group ? attested.enrollment.id : "",
        .operation_id = new_operation_id(),
        .ready = now + settings_.retry_after(),
        .hub = previous ? previous->hub : "",
        .device_id = previous ? previous->device_id : "",
        .evidence = attested.evidence,
        .etag = new_etag(),
        .created = previous ? previous->created : now,
        .updated = now,
    };
    if (attested.tpm) {
        registration.signing_key = attested.tpm->signing_key;
        registration.endorsement_key = attested.tpm->endorsement_key.name;
    }
    auto allocated = allocate(transaction, attested, previous, linked_hubs_, payload);
    if (auto* failure = std::get_if<RegistrationFailure>(&allocated)) {
        registration.failure = std::move(*failure);
    } else {
        const auto& allocation = std::get<Allocation>(allocated);
        const auto assignment = assign(transaction, registry_, attested, allocation, previous, now);
        registration.hub = assignment.device.id.hub;
        registration.device_id = assignment.device.id.device;
        registration.substatus = assignment.substatus;
        registration.payload = allocation.payload;
        if (attested.tpm) registration.authentication_key = wrap_hub_key(assignment.device, *attested.tpm);
    }
    save_registration(transaction, registration);
    return registration;
}

Response RegistrationService::assigning(const Caller& caller, const Registration& registration) const {
    const nlohmann::json state{{"registrationId", registration.registration_id}, {"status", "assigning"}};
    auto response = http::json_response(202, operation_json(registration.operation_id, state));
    response.headers.add("Retry-After", std::to_string(settings_.retry_after().count()));
    response.headers.add("Location", "/" + id_scope_ + "/registrations/" +
                                         device_agent::percent_encode(registration.registration_id) +
                                         "/operations/" + registration.operation_id +
                                         "?api-version=" + device_agent::percent_encode(caller.api_version));
    return response;
}

Response RegistrationService::operation_status(const Caller& caller, const std::string& operation_id) {
    return answer(caller, [&](Transaction& transaction) {
        const auto registration = find_registration(transaction, caller.registration_id);
        const auto attested = attestation_.attest_again(transaction, caller,
                                                        registration ? &registration->signing_key : nullptr);
        if (!attested.enrollment.enabled)
            return disabled(200, operation_json(operation_id, disabled_state(attested)));
        if (!registration || registration->operation_id != operation_id)
            throw Refusal(RefusalCode::not_found, "Operation not found");
        check_unchanged(attested, *registration);
        if (clock_.now() < registration->ready)
            return authorized(registration->registration_id, assigning(caller, *registration));
        auto response = http::json_response(200, operation_json(operation_id, device_state(*registration)));
        if (registration->failure) response.refusal = registration->failure->message;
        return authorized(registration->registration_id, std::move(response));
    });
}

Response RegistrationService::registration_status(const Caller& caller, std::string_view body) {
    return answer(caller, [&](Transaction& transaction) {
        const auto content = read_body(caller, body);
        auto result = attestation_.attest(transaction, caller, content);
        if (auto* challenge = std::get_if<Response>(&result)) return std::move(*challenge);
        const auto& attested = std::get<Attested>(result);
        if (!attested.enrollment.enabled) return disabled(200, disabled_state(attested));
        const auto registration = find_registration(transaction, attested.registration_id);
        if (!registration) throw Refusal(RefusalCode::not_found, "Registration not found");
        return authorized(attested.registration_id, http::json_response(200, to_json(*registration)));
    });
}

}  // namespace emulator::dps
