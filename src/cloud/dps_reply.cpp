// SPDX-License-Identifier: Apache-2.0
#include "cloud/dps_reply.hpp"

#include "cloud/answer.hpp"
#include "cloud/printable.hpp"
#include "foundation/encoding.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace device_agent::cloud {
namespace {

using Json = nlohmann::json;

// Discarded when it is no JSON that could be an answer.
Json parse(std::string_view body) {
    return is_nested_too_deeply(body) ? Json(Json::value_t::discarded) : Json::parse(body, nullptr, false);
}

[[noreturn]] void not_understood(const std::string& what) {
    throw NotUnderstood("the answer of DPS cannot be understood: " + what);
}

const Json* find(const Json& object, const char* name) {
    if (!object.is_object()) return nullptr;
    const auto member = object.find(name);
    return member == object.end() || member->is_null() ? nullptr : &*member;
}

std::string text_of(const Json& object, const char* name) {
    const auto* member = find(object, name);
    if (member == nullptr) not_understood(std::string("it has no ") + name);
    if (!member->is_string()) not_understood(std::string(name) + " is not a string");
    return member->get<std::string>();
}

std::string optional_text_of(const Json& object, const char* name) {
    return find(object, name) == nullptr ? std::string() : text_of(object, name);
}

RegistrationOperation::Status parse_status(const std::string& word) {
    using Status = RegistrationOperation::Status;
    static constexpr std::pair<std::string_view, Status> words[] = {{"unassigned", Status::unassigned},
                                                                    {"assigning", Status::assigning},
                                                                    {"assigned", Status::assigned},
                                                                    {"failed", Status::failed},
                                                                    {"disabled", Status::disabled}};
    for (const auto& [name, status] : words) {
        if (name == word) return status;
    }
    not_understood("its status is '" + printable(word) + "'");
}

// A hub's host name ends in connection strings, slot texts and requests: letters, digits, dots, hyphens,
// nothing else.
std::string host_name_of(const Json& state) {
    auto host = text_of(state, "assignedHub");
    const bool plain =
        !host.empty() && host.size() <= 253 &&
        host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") ==
            std::string::npos;
    if (!plain) not_understood("assignedHub '" + printable(host) + "' is not a host name");
    return host;
}

std::string device_id_of(const Json& state) {
    auto id = text_of(state, "deviceId");
    // IoT Hub's rule for identities,
    // https://learn.microsoft.com/azure/iot-hub/iot-hub-devguide-identity-registry
    const bool valid =
        !id.empty() && id.size() <= 128 &&
        id.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.+%_#*?!(),:=@$'") ==
            std::string::npos;
    if (!valid) not_understood("deviceId '" + printable(id) + "' is not an identity's name");
    return id;
}

std::optional<Bytes> authentication_key_of(const Json& holder) {
    const auto text = optional_text_of(holder, "authenticationKey");
    if (text.empty()) return std::nullopt;
    auto key = base64_decode(text);
    if (!key) not_understood("authenticationKey is not base64");
    return key;
}

Assignment assignment_of(const Json& state) {
    Assignment assignment;
    assignment.hub = host_name_of(state);
    assignment.device_id = device_id_of(state);
    assignment.substatus = optional_text_of(state, "substatus");
    if (const auto* tpm = find(state, "tpm")) assignment.authentication_key = authentication_key_of(*tpm);
    if (const auto* payload = find(state, "payload")) assignment.payload = payload->dump();
    return assignment;
}

std::string number_and_message(const Json& object, const char* number, const char* message) {
    std::string text;
    if (const auto* code = find(object, number); code != nullptr && code->is_number_integer())
        text = code->dump();
    if (const auto* words = find(object, message); words != nullptr && words->is_string()) {
        text += (text.empty() ? "" : ": ") + printable(words->get<std::string>());
    }
    return text;
}

}  // namespace

RegistrationOperation parse_registration_operation(std::string_view body) {
    const auto json = parse(body);
    if (!json.is_object()) not_understood("it is not a JSON object");

    RegistrationOperation operation;
    operation.status = parse_status(text_of(json, "status"));
    operation.operation_id = optional_text_of(json, "operationId");
    const auto* state = find(json, "registrationState");
    using Status = RegistrationOperation::Status;
    if (operation.status == Status::assigned) {
        if (state == nullptr) not_understood("it has no registrationState");
        operation.assignment = assignment_of(*state);
    } else if (operation.status == Status::failed && state != nullptr) {
        operation.failure = number_and_message(*state, "errorCode", "errorMessage");
    } else if (operation.status != Status::failed && operation.status != Status::disabled &&
               operation.operation_id.empty()) {
        not_understood("it has no operationId");
    }
    return operation;
}

std::optional<Bytes> parse_tpm_challenge(std::string_view body) {
    const auto json = parse(body);
    if (!json.is_object()) return std::nullopt;
    return authentication_key_of(json);
}

std::string describe_dps_error(std::string_view body) {
    const auto json = parse(body);
    auto text = json.is_object() ? number_and_message(json, "errorCode", "message") : std::string();
    return text.empty() ? printable(body) : text;
}

}  // namespace device_agent::cloud
