// SPDX-License-Identifier: Apache-2.0
// The JSON document of an identity: tags and desired properties for the back end, reported ones from the
// device.
#pragma once

#include "emulator/hub/identity.hpp"

namespace emulator::hub {

/// One half of a twin's properties.
struct Properties {
    nlohmann::json values = nlohmann::json::object();  ///< without $version and $metadata
    std::int64_t version = 1;
    device_agent::WallTime updated{};
};

struct Twin {
    std::string etag;
    std::int64_t version = 1;  ///< goes up with each change
    nlohmann::json tags = nlohmann::json::object();
    Properties desired{};
    Properties reported{};
};

/// A new twin, filled from `initial` as an enrollment's initialTwin has it: {"tags": {…}, "properties":
/// {"desired": {…}}}; null for an empty one. Throws FormatError.
[[nodiscard]] Twin new_twin(const nlohmann::json& initial, device_agent::WallTime now);

/// Merges a PATCH body of the service into tags and desired properties: null removes a member. Throws
/// FormatError.
void patch(Twin& twin, const nlohmann::json& body, device_agent::WallTime now);

/// As the service API shows it.
[[nodiscard]] nlohmann::json to_json(const Twin& twin, const Identity& identity);

}  // namespace emulator::hub
