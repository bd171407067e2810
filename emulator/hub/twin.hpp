// SPDX-License-Identifier: Apache-2.0
// The JSON document of an identity: tags and desired properties for the back end, reported ones from the
// device.
#pragma once

#include "emulator/hub/identity.hpp"
#include "emulator/hub/properties.hpp"

namespace emulator::hub {

struct Twin {
    std::string etag;          ///< of tags and desired properties
    std::int64_t version = 1;  ///< goes up with each change
    nlohmann::json tags = nlohmann::json::object();
    Properties desired{};
    Properties reported{};
};

/// What a back end wants changed.
struct TwinChange {
    std::optional<nlohmann::json> tags{};
    std::optional<nlohmann::json> desired{};
};

/// Reads the body of a PATCH or PUT: {"tags": {…}, "properties": {"desired": {…}}}, other members passed over
/// (they come back from clients that read the twin before). Throws FormatError, also for values that no twin
/// may hold.
[[nodiscard]] TwinChange parse_twin_change(const nlohmann::json& body);

/// A new twin, filled from `initial` as an enrollment's initialTwin has it: {"tags": {…}, "properties":
/// {"desired": {…}}}; null for an empty one. Throws FormatError.
[[nodiscard]] Twin new_twin(const nlohmann::json& initial, device_agent::WallTime now);

/// Merges: null removes a member. Throws FormatError when the twin would become too large. The twin is not
/// usable then.
void patch(Twin& twin, const TwinChange& change, device_agent::WallTime now);

/// The patch of reported properties that a device sends. Throws FormatError.
void patch_reported(Twin& twin, const nlohmann::json& patch, device_agent::WallTime now);

/// As the service API shows it.
[[nodiscard]] nlohmann::json to_json(const Twin& twin, const Identity& identity, const LiveState& live);

/// As the device itself sees it: {"desired": {…}, "reported": {…}}, each with its $version.
[[nodiscard]] nlohmann::json device_json(const Twin& twin);

}  // namespace emulator::hub
