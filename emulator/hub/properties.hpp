// SPDX-License-Identifier: Apache-2.0
// One part of a twin as a JSON object, with the tree of when each member was last written.
#pragma once

#include "foundation/clock.hpp"

#include <nlohmann/json.hpp>

namespace emulator::hub {

/// Desired or reported properties.
struct Properties {
    nlohmann::json values = nlohmann::json::object();    ///< without $version and $metadata
    nlohmann::json metadata = nlohmann::json::object();  ///< mirrors the objects in `values`
    std::int64_t version = 1;
    device_agent::WallTime updated{};
};

/// Whether the metadata tells the version of each write, too: desired properties do.
enum class Stamp { time, time_and_version };

/// Merges as RFC 7396 has it (null removes), one version up, and stamps what was written and all above it.
void merge(Properties& properties, const nlohmann::json& patch, device_agent::WallTime now, Stamp stamp);

/// As devices and back ends see them: the values with "$version", and with "$metadata" when asked for.
[[nodiscard]] nlohmann::json with_version(const Properties& properties);
[[nodiscard]] nlohmann::json with_metadata(const Properties& properties, Stamp stamp);

/// What clients read, they write again: drops the service's own members "$version" and "$metadata".
[[nodiscard]] nlohmann::json without_service_members(nlohmann::json values);

/// The smallest merge patch (RFC 7396) that makes `to` of `from`. Both are objects.
[[nodiscard]] nlohmann::json difference(const nlohmann::json& from, const nlohmann::json& to);

}  // namespace emulator::hub
