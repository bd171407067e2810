// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/enrollment.hpp"

#include "emulator/ascii.hpp"
#include "emulator/dps/refusal.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/twin.hpp"

#include <algorithm>
#include <array>

namespace emulator::dps {
namespace {

constexpr std::array<std::pair<AllocationPolicy, const char*>, 4> policy_names{
    {{AllocationPolicy::hashed, "hashed"},
     {AllocationPolicy::geo_latency, "geoLatency"},
     {AllocationPolicy::fixed, "static"},
     {AllocationPolicy::custom, "custom"}}};

const char* to_text(AllocationPolicy policy) {
    return std::find_if(policy_names.begin(), policy_names.end(),
                        [&](const auto& entry) { return entry.first == policy; })
        ->second;
}

void check_id(const nlohmann::json& body, EnrollmentKind kind, const std::string& id) {
    const std::string name = id_member(kind);
    if (!is_valid_registration_id(id)) {
        throw FormatError(name +
                          " is not 1 to 128 letters, digits and : . _ - with a letter or digit at both ends");
    }
    const auto own = http::text_member(body, name.c_str());
    if (own && !equal_ignoring_case(*own, id))
        throw FormatError(name + " in the body is not the one in the path");
}

std::string parse_device_id(const nlohmann::json& body, EnrollmentKind kind) {
    auto id = http::text_member(body, "deviceId").value_or("");
    if (id.empty()) return id;
    if (kind == EnrollmentKind::group)
        throw FormatError("a group has no deviceId: its devices are called by their registration ids");
    if (!hub::is_valid_id(id)) throw FormatError("deviceId breaks the rule for device ids");
    return id;
}

std::string checked_hub(const char* member, const std::string& name,
                        const std::vector<std::string>& linked_hubs) {
    auto hub = lower_case(name);
    if (std::find(linked_hubs.begin(), linked_hubs.end(), hub) == linked_hubs.end()) {
        throw FormatError(std::string(member) + " \"" + name + "\" is not a linked hub");
    }
    return hub;
}

std::optional<std::string> parse_hub(const nlohmann::json& body,
                                     const std::vector<std::string>& linked_hubs) {
    const auto name = http::text_member(body, "iotHubHostName");
    if (!name || name->empty()) return std::nullopt;
    return checked_hub("iotHubHostName", *name, linked_hubs);
}

std::vector<std::string> parse_hubs(const nlohmann::json& body, const std::vector<std::string>& linked_hubs) {
    const auto names = body.find("iotHubs");
    if (names == body.end() || names->is_null()) return {};
    if (!names->is_array()) throw FormatError("iotHubs is not a list");
    std::vector<std::string> hubs;
    for (const auto& name : *names) {
        if (!name.is_string()) throw FormatError("iotHubs has an element that is not text");
        hubs.push_back(checked_hub("iotHubs", name.get<std::string>(), linked_hubs));
    }
    return hubs;
}

AllocationPolicy parse_policy(const nlohmann::json& body) {
    const auto text = http::text_member(body, "allocationPolicy");
    if (!text) return AllocationPolicy::fixed;
    for (const auto& [policy, name] : policy_names) {
        if (equal_ignoring_case(*text, name)) return policy;
    }
    throw FormatError("allocationPolicy is none of hashed, geoLatency, static and custom");
}

// The emulator calls no webhook (the control API says what it would have answered), but wants what the
// service wants.
nlohmann::json parse_custom_allocation(const nlohmann::json& body, AllocationPolicy policy) {
    const auto* definition = http::object_member(body, "customAllocationDefinition");
    if (definition == nullptr) {
        if (policy != AllocationPolicy::custom) return nullptr;
        throw FormatError("customAllocationDefinition is missing: allocationPolicy custom needs one");
    }
    for (const auto* member : {"webhookUrl", "apiVersion"}) {
        if (http::text_member(*definition, member).value_or("").empty())
            throw FormatError(std::string("customAllocationDefinition.") + member + " is missing");
    }
    return {{"webhookUrl", definition->at("webhookUrl")}, {"apiVersion", definition->at("apiVersion")}};
}

bool parse_provisioning_status(const nlohmann::json& body) {
    const auto status = http::text_member(body, "provisioningStatus").value_or("enabled");
    if (status != "enabled" && status != "disabled") {
        throw FormatError("provisioningStatus is neither enabled nor disabled");
    }
    return status == "enabled";
}

bool flag(const nlohmann::json& body, const char* object, const char* name, bool otherwise) {
    const auto* parent = http::object_member(body, object);
    if (parent == nullptr) return otherwise;
    const auto found = parent->find(name);
    if (found == parent->end() || found->is_null()) return otherwise;
    if (!found->is_boolean())
        throw FormatError(std::string(object) + "." + name + " is neither true nor false");
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

const char* id_member(EnrollmentKind kind) {
    return kind == EnrollmentKind::individual ? "registrationId" : "enrollmentGroupId";
}

Enrollment parse_enrollment(const nlohmann::json& body, EnrollmentKind kind, const std::string& id,
                            const std::vector<std::string>& linked_hubs, const Enrollment* present) {
    if (!body.is_object()) throw FormatError("the enrollment is not a JSON object");
    check_id(body, kind, id);
    Enrollment enrollment{
        .kind = kind,
        .id = id,
        .mechanism = parse_attestation(body, kind, present == nullptr ? nullptr : &present->mechanism),
        .device_id = parse_device_id(body, kind)};
    enrollment.allocation_policy = parse_policy(body);
    enrollment.hub = parse_hub(body, linked_hubs);
    enrollment.hubs = parse_hubs(body, linked_hubs);
    enrollment.custom_allocation = parse_custom_allocation(body, enrollment.allocation_policy);
    enrollment.enabled = parse_provisioning_status(body);
    enrollment.reprovision_policy = {flag(body, "reprovisionPolicy", "updateHubAssignment", true),
                                     flag(body, "reprovisionPolicy", "migrateDeviceData", true)};
    enrollment.iot_edge = flag(body, "capabilities", "iotEdge", false);
    if (const auto* twin = http::object_member(body, "initialTwin")) {
        static_cast<void>(
            hub::new_twin(*twin, {}));  // a wrong one is refused now, not at the first registration
        enrollment.initial_twin = *twin;
    }
    return enrollment;
}

nlohmann::json to_json(const Enrollment& enrollment) {
    const auto& policy = enrollment.reprovision_policy;
    nlohmann::json json{{id_member(enrollment.kind), enrollment.id},
                        {"attestation", to_json(enrollment.mechanism)},
                        {"allocationPolicy", to_text(enrollment.allocation_policy)},
                        {"provisioningStatus", enrollment.enabled ? "enabled" : "disabled"},
                        {"reprovisionPolicy",
                         {{"updateHubAssignment", policy.update_hub_assignment},
                          {"migrateDeviceData", policy.migrate_device_data}}},
                        {"capabilities", {{"iotEdge", enrollment.iot_edge}}},
                        {"etag", enrollment.etag},
                        {"createdDateTimeUtc", format_time(enrollment.created)},
                        {"lastUpdatedDateTimeUtc", format_time(enrollment.updated)}};
    if (enrollment.kind == EnrollmentKind::individual)
        json["deviceId"] = enrollment.device_id_for(enrollment.id);
    if (enrollment.hub) json["iotHubHostName"] = *enrollment.hub;
    if (!enrollment.hubs.empty()) json["iotHubs"] = enrollment.hubs;
    if (!enrollment.custom_allocation.is_null())
        json["customAllocationDefinition"] = enrollment.custom_allocation;
    if (!enrollment.initial_twin.is_null()) json["initialTwin"] = enrollment.initial_twin;
    return json;
}

}  // namespace emulator::dps
