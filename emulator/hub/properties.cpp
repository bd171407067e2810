// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/properties.hpp"

namespace emulator::hub {
namespace {

using nlohmann::json;

json stamp_of(const Properties& properties, Stamp stamp) {
    json made{{"$lastUpdated", device_agent::format_utc(properties.updated)}};
    if (stamp == Stamp::time_and_version) made["$lastUpdatedVersion"] = properties.version;
    return made;
}

// Depth is bounded by the parser of the patch.
void merge_object(json& values, json& metadata, const json& patch, const json& stamp) {
    metadata.update(stamp);
    for (const auto& [key, value] : patch.items()) {
        if (value.is_null()) {
            values.erase(key);
            metadata.erase(key);
        } else if (value.is_object()) {
            auto& child = values[key];
            auto& child_metadata = metadata[key];
            if (!child.is_object()) {
                child = json::object();
                child_metadata = json::object();
            }
            merge_object(child, child_metadata, value, stamp);
        } else {
            values[key] = value;
            metadata[key] = stamp;
        }
    }
}

}  // namespace

void merge(Properties& properties, const json& patch, device_agent::WallTime now, Stamp stamp) {
    properties.version += 1;
    properties.updated = now;
    merge_object(properties.values, properties.metadata, patch, stamp_of(properties, stamp));
}

json with_version(const Properties& properties) {
    auto shown = properties.values;
    shown["$version"] = properties.version;
    return shown;
}

json with_metadata(const Properties& properties, Stamp stamp) {
    auto shown = with_version(properties);
    shown["$metadata"] = properties.metadata.empty() ? stamp_of(properties, stamp) : properties.metadata;
    return shown;
}

json without_service_members(json values) {
    values.erase("$version");
    values.erase("$metadata");
    return values;
}

json difference(const json& from, const json& to) {
    auto patch = json::object();
    for (const auto& [key, value] : from.items()) {
        if (!to.contains(key)) patch[key] = nullptr;
    }
    for (const auto& [key, value] : to.items()) {
        const auto old = from.find(key);
        if (old == from.end()) {
            patch[key] = value;
        } else if (*old != value) {
            patch[key] = old->is_object() && value.is_object() ? difference(*old, value) : value;
        }
    }
    return patch;
}

}  // namespace emulator::hub
