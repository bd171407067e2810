// SPDX-License-Identifier: Apache-2.0
// A configuration of automatic device management: content for the desired properties of the twins that match.
#pragma once

#include "emulator/hub/query/parser.hpp"
#include "foundation/clock.hpp"

namespace emulator::hub {

/// A place below the desired properties, and what is to be there.
struct Setting {
    query::Path path;
    nlohmann::json value;
};

/// Reads {"properties.desired.a.b": value, …}. `part` names it in messages. Throws FormatError.
[[nodiscard]] std::vector<Setting> parse_settings(const nlohmann::json& content, std::string_view part);

struct Configuration {
    std::string id;
    std::string etag{};
    device_agent::WallTime created{};
    device_agent::WallTime updated{};
    std::int64_t sequence = 0;  ///< of its creation: the later one wins at the same priority
    nlohmann::json document{};  ///< labels, content, targetCondition, priority, metrics.queries

    // Read from the document.
    std::int64_t priority = 0;
    query::TargetCondition target{};
    std::vector<Setting> settings{};
    std::vector<std::pair<std::string, query::Query>> metrics{};
};

/// Reads the body of a PUT. The id in it must be that of the path. Sets document and what is read from it.
/// Throws FormatError.
[[nodiscard]] Configuration parse_configuration(const nlohmann::json& body, const std::string& id);

/// Numbers of twins.
using MetricResults = std::vector<std::pair<std::string, std::int64_t>>;

/// As the service API shows it.
[[nodiscard]] nlohmann::json to_json(const Configuration& configuration, const MetricResults& system,
                                     const MetricResults& custom);

}  // namespace emulator::hub
