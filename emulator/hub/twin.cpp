// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/twin.hpp"

#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/unique_id.hpp"

namespace emulator::hub {
namespace {

constexpr auto never = "0001-01-01T00:00:00";

nlohmann::json properties_json(const Properties& properties) {
    auto json = properties.values;
    json["$version"] = properties.version;
    json["$metadata"] = {{"$lastUpdated", device_agent::format_utc(properties.updated)}};
    return json;
}

// The service's own members come back in what clients read and write again.
nlohmann::json without_service_members(nlohmann::json values) {
    values.erase("$version");
    values.erase("$metadata");
    return values;
}

}  // namespace

Twin new_twin(const nlohmann::json& initial, device_agent::WallTime now) {
    Twin twin;
    twin.etag = new_etag();
    twin.desired.updated = twin.reported.updated = now;
    if (initial.is_null()) return twin;
    if (!initial.is_object()) throw FormatError("initialTwin is not an object");
    if (const auto* tags = http::object_member(initial, "tags")) twin.tags = *tags;
    if (const auto* properties = http::object_member(initial, "properties")) {
        if (const auto* desired = http::object_member(*properties, "desired")) {
            twin.desired.values = without_service_members(*desired);
        }
    }
    return twin;
}

void patch(Twin& twin, const nlohmann::json& body, device_agent::WallTime now) {
    if (!body.is_object()) throw FormatError("the body is not a JSON object");
    const auto* tags = http::object_member(body, "tags");
    const auto* properties = http::object_member(body, "properties");
    const auto* desired = properties == nullptr ? nullptr : http::object_member(*properties, "desired");
    if (tags != nullptr) twin.tags.merge_patch(*tags);
    if (desired != nullptr) {
        twin.desired.values.merge_patch(without_service_members(*desired));
        twin.desired.version += 1;
        twin.desired.updated = now;
    }
    twin.version += 1;
    twin.etag = new_etag();
}

nlohmann::json to_json(const Twin& twin, const Identity& identity) {
    nlohmann::json json{
        {"deviceId", identity.id.device},
        {"etag", twin.etag},
        {"deviceEtag", identity.etag},
        {"status", identity.enabled ? "enabled" : "disabled"},
        {"statusUpdateTime", device_agent::format_utc(identity.status_updated)},
        {"connectionState", "Disconnected"},
        {"lastActivityTime", never},
        {"cloudToDeviceMessageCount", 0},
        {"authenticationType", to_text(identity.authentication.type)},
        {"x509Thumbprint", {{"primaryThumbprint", nullptr}, {"secondaryThumbprint", nullptr}}},
        {"version", twin.version},
        {"tags", twin.tags},
        {"properties",
         {{"desired", properties_json(twin.desired)}, {"reported", properties_json(twin.reported)}}}};
    if (identity.id.is_module()) json["moduleId"] = identity.id.module;
    return json;
}

}  // namespace emulator::hub
