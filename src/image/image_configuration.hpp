// SPDX-License-Identifier: Apache-2.0
// The configuration of an image: what somebody wrote, and what a plan adds to it.
#pragma once

#include "config/check.hpp"
#include "config/document.hpp"
#include "image/plan.hpp"
#include "image/root_filesystem.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace device_agent::image {

inline constexpr std::string_view configuration_file = "/etc/device-agent/device-agent.json";

/// The texts of a configuration. `sources` is empty when the image has none. Throws
/// config::ConfigurationError when a file is there but cannot be read.
struct ConfigurationTexts {
    std::vector<config::Source> sources;  ///< the main file, then its drop-ins by name
    std::vector<unsigned> modes;          ///< of each
    std::filesystem::path folder;         ///< from which relative paths are meant

    /// /etc/device-agent of the root file system.
    static ConfigurationTexts of_image(const RootFilesystem& root);
    /// A file of the build machine in the place of the image's main file.
    static ConfigurationTexts of_file(const std::filesystem::path& file);
};

/// What a plan starts from.
struct Base {
    config::Node written;  ///< the main file as it stands, without what an earlier plan put there
    BaseSlots slots;
    bool has_scope = false;  ///< some file names the ID scope of DPS
};

/// Reads the texts (none: an empty configuration). `ours` is the lock of an earlier plan whose result the
/// main file may be; null when somebody else wrote it. Throws config::ConfigurationError with every mistake;
/// a missing ID scope is none yet.
[[nodiscard]] Base read_base(const ConfigurationTexts& texts, const Lock* ours);

/// The whole main file: the base, the agent's own module and every application of the plan. The same input
/// gives the same text.
[[nodiscard]] std::string compose(const Base& base, const Plan& plan);

}  // namespace device_agent::image
