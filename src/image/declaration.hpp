// SPDX-License-Identifier: Apache-2.0
// What applications say of themselves: manifests, and [X-DeviceAgent] sections of units. One specification
// for both.
#pragma once

#include "config/shape.hpp"
#include "image/facts.hpp"
#include "image/unit_file.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace device_agent::image {

/// Where manifests lie in a root file system.
inline constexpr std::string_view manifest_folder = "/usr/share/device-agent/applications";
/// The section of a unit.
inline constexpr std::string_view unit_section = "X-DeviceAgent";

/// The keys of a manifest.
[[nodiscard]] const config::Shape& manifest_shape();
/// A JSON schema (draft 2020-12) of a manifest.
[[nodiscard]] std::string manifest_schema();

/// A manifest; nothing when it is wrong, and then every mistake has been added to `problems`.
[[nodiscard]] std::optional<Declaration> parse_manifest(const std::string& path, std::string_view text,
                                                        std::vector<config::Problem>& problems);

/// A setting of the section and the file that it stands in, which may be a drop-in.
struct SectionSetting {
    std::string file;
    UnitSetting setting;
};

/// The section of the unit of that name. Its settings are those of all files in their order; a later one
/// wins.
[[nodiscard]] std::optional<Declaration> parse_section(const std::string& unit,
                                                       const std::vector<SectionSetting>& settings,
                                                       std::vector<config::Problem>& problems);

}  // namespace device_agent::image
