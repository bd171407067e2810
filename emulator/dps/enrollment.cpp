// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/enrollment.hpp"

#include "emulator/ascii.hpp"
#include "emulator/dps/refusal.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/twin.hpp"
#include "emulator/tpm/storage_key.hpp"
#include "foundation/encoding.hpp"

#include <algorithm>

namespace emulator::dps {
namespace {

device_agent::Bytes parse_endorsement_key(const nlohmann::json& body) {
    const auto* attestation = http::object_member(body, "attestation");
    if (attestation == nullptr) throw FormatError("attestation is missing");
    const auto type = http::text_member(*attestation, "type").value_or("");
    if (type != "tpm") {
        throw FormatError("attestation.type is '" + type + "'; the emulator serves 'tpm' so far");
    }
    const auto* tpm = http::object_member(*attestation, "tpm");
    const auto text = tpm == nullptr ? std::nullopt : http::text_member(*tpm, "endorsementKey");
    if (!text) throw FormatError("attestation.tpm.endorsementKey is missing");
    auto key = device_agent::base64_decode(*text);
    if (!key) throw FormatError("attestation.tpm.endorsementKey is not base64");
    try {
        static_cast<void>(tpm::parse_storage_key(*key));
    } catch (const FormatError& error) {
        throw FormatError(std::string("attestation.tpm.endorsementKey is not an endorsement key: ") +
                          error.what());
    }
    return std::move(*key);
}

std::string parse_device_id(const nlohmann::json& body, const std::string& registration_id) {
    auto id = http::text_member(body, "deviceId").value_or("");
    if (id.empty()) return registration_id;
    if (!hub::is_valid_id(id)) throw FormatError("deviceId breaks the rule for device ids");
    return id;
}

std::optional<std::string> parse_hub(const nlohmann::json& body,
                                     const std::vector<std::string>& linked_hubs) {
    const auto name = http::text_member(body, "iotHubHostName");
    if (!name || name->empty()) return std::nullopt;
    auto hub = lower_case(*name);
    if (std::find(linked_hubs.begin(), linked_hubs.end(), hub) == linked_hubs.end()) {
        throw FormatError("iotHubHostName \"" + *name + "\" is not a linked hub");
    }
    return hub;
}

bool parse_provisioning_status(const nlohmann::json& body) {
    const auto status = http::text_member(body, "provisioningStatus").value_or("enabled");
    if (status != "enabled" && status != "disabled") {
        throw FormatError("provisioningStatus is neither enabled nor disabled");
    }
    return status == "enabled";
}

bool flag(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) return true;
    if (!found->is_boolean())
        throw FormatError(std::string("reprovisionPolicy.") + name + " is neither true nor false");
    return found->get<bool>();
}

}  // namespace

bool is_valid_registration_id(std::string_view id) {
    if (id.empty() || id.size() > 128) return false;
    if (!is_alphanumeric(id.front()) || !is_alphanumeric(id.back())) return false;
    return std::all_of(id.begin(), id.end(), [](char c) {
        return is_alphanumeric(c) || c == ':' || c == '.' || c == '_' || c == '-';
    });
}

Enrollment parse_enrollment(const nlohmann::json& body, const std::string& registration_id,
                            const std::vector<std::string>& linked_hubs) {
    if (!body.is_object()) throw FormatError("the enrollment is not a JSON object");
    if (!is_valid_registration_id(registration_id)) {
        throw FormatError(
            "the registration id is not 1 to 128 letters, digits and : . _ - with a letter or digit at "
            "both ends");
    }
    const auto id = http::text_member(body, "registrationId");
    if (id && !equal_ignoring_case(*id, registration_id)) {
        throw FormatError("registrationId in the body is not the one in the path");
    }
    Enrollment enrollment{.registration_id = registration_id,
                          .device_id = parse_device_id(body, registration_id),
                          .endorsement_key = parse_endorsement_key(body)};
    enrollment.hub = parse_hub(body, linked_hubs);
    enrollment.enabled = parse_provisioning_status(body);
    if (const auto* policy = http::object_member(body, "reprovisionPolicy")) {
        enrollment.reprovision_policy = {flag(*policy, "updateHubAssignment"),
                                         flag(*policy, "migrateDeviceData")};
    }
    if (const auto* twin = http::object_member(body, "initialTwin")) {
        static_cast<void>(
            hub::new_twin(*twin, {}));  // a wrong one is refused now, not at the first registration
        enrollment.initial_twin = *twin;
    }
    return enrollment;
}

nlohmann::json to_json(const Enrollment& enrollment) {
    const auto& policy = enrollment.reprovision_policy;
    nlohmann::json json{{"registrationId", enrollment.registration_id},
                        {"deviceId", enrollment.device_id},
                        {"attestation",
                         {{"type", "tpm"},
                          {"tpm",
                           {{"endorsementKey", device_agent::base64_encode(enrollment.endorsement_key)},
                            {"storageRootKey", nullptr}}}}},
                        {"allocationPolicy", "static"},
                        {"provisioningStatus", enrollment.enabled ? "enabled" : "disabled"},
                        {"reprovisionPolicy",
                         {{"updateHubAssignment", policy.update_hub_assignment},
                          {"migrateDeviceData", policy.migrate_device_data}}},
                        {"capabilities", {{"iotEdge", false}}},
                        {"etag", enrollment.etag},
                        {"createdDateTimeUtc", format_time(enrollment.created)},
                        {"lastUpdatedDateTimeUtc", format_time(enrollment.updated)}};
    if (enrollment.hub) json["iotHubHostName"] = *enrollment.hub;
    if (!enrollment.initial_twin.is_null()) json["initialTwin"] = enrollment.initial_twin;
    return json;
}

}  // namespace emulator::dps
