// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/twin.hpp"

#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/twin_limits.hpp"
#include "emulator/unique_id.hpp"

namespace emulator::hub {
namespace {

constexpr auto tags_name = "tags";
constexpr auto desired_name = "properties.desired";
constexpr auto reported_name = "properties.reported";

nlohmann::json text_or_null(const std::optional<std::string>& text) {
    return text ? nlohmann::json(*text) : nlohmann::json();
}

}  // namespace

TwinChange parse_twin_change(const nlohmann::json& body) {
    if (!body.is_object()) throw FormatError("the body is not a JSON object");
    TwinChange change;
    if (const auto* tags = http::object_member(body, "tags")) {
        check_twin_values(*tags, tags_name);
        change.tags = *tags;
    }
    const auto* properties = http::object_member(body, "properties");
    if (const auto* desired = properties == nullptr ? nullptr : http::object_member(*properties, "desired")) {
        change.desired = without_service_members(*desired);
        check_twin_values(*change.desired, desired_name);
    }
    return change;
}

Twin new_twin(const nlohmann::json& initial, device_agent::WallTime now) {
    Twin twin;
    twin.etag = new_etag();
    twin.desired.updated = twin.reported.updated = now;
    if (initial.is_null()) return twin;
    if (!initial.is_object()) throw FormatError("initialTwin is not an object");
    const auto change = parse_twin_change(initial);
    if (change.desired) twin.desired.version = 0;  // what it starts with is version 1
    patch(twin, change, now);
    twin.version = 1;
    return twin;
}

void patch(Twin& twin, const TwinChange& change, device_agent::WallTime now) {
    if (change.tags) {
        twin.tags.merge_patch(*change.tags);
        check_twin_size(twin.tags, largest_tags, tags_name);
    }
    if (change.desired) {
        merge(twin.desired, *change.desired, now, Stamp::time_and_version);
        check_twin_size(twin.desired.values, largest_properties, desired_name);
    }
    twin.version += 1;
    twin.etag = new_etag();
}

void patch_reported(Twin& twin, const nlohmann::json& patch, device_agent::WallTime now) {
    if (!patch.is_object()) throw FormatError("the reported properties are not a JSON object");
    check_twin_values(patch, reported_name);
    merge(twin.reported, patch, now, Stamp::time);
    check_twin_size(twin.reported.values, largest_properties, reported_name);
    twin.version += 1;
}

nlohmann::json to_json(const Twin& twin, const Identity& identity, const LiveState& live) {
    const auto& authentication = identity.authentication;
    nlohmann::json json{{"deviceId", identity.id.device},
                        {"etag", twin.etag},
                        {"deviceEtag", identity.etag},
                        {"status", identity.enabled ? "enabled" : "disabled"},
                        {"statusUpdateTime", device_agent::format_utc(identity.status_updated)},
                        {"connectionState", live.connected ? "Connected" : "Disconnected"},
                        {"lastActivityTime", format_time(live.last_activity)},
                        {"cloudToDeviceMessageCount", live.pending_messages},
                        {"authenticationType", to_text(authentication.type)},
                        {"x509Thumbprint",
                         {{"primaryThumbprint", text_or_null(authentication.primary_thumbprint)},
                          {"secondaryThumbprint", text_or_null(authentication.secondary_thumbprint)}}},
                        {"version", twin.version},
                        {"tags", twin.tags},
                        {"properties",
                         {{"desired", with_metadata(twin.desired, Stamp::time_and_version)},
                          {"reported", with_metadata(twin.reported, Stamp::time)}}}};
    if (identity.status_reason) json["statusReason"] = *identity.status_reason;
    if (identity.id.is_module()) {
        json["moduleId"] = identity.id.module;
    } else {
        json["capabilities"] = {{"iotEdge", false}};
    }
    return json;
}

nlohmann::json device_json(const Twin& twin) {
    return {{"desired", with_version(twin.desired)}, {"reported", with_version(twin.reported)}};
}

}  // namespace emulator::hub
