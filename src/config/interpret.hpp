// SPDX-License-Identifier: Apache-2.0
// A configuration whose files are not this machine's: the texts are already in hand, and none of the files
// that they name is looked at.
#pragma once

#include "config/check.hpp"
#include "config/configuration.hpp"
#include "config/files.hpp"

#include <filesystem>
#include <vector>

namespace device_agent::config {

struct Interpretation {
    Configuration configuration;  ///< without the passwords, which lie in files
    Node document;                ///< what was written, with the defaults; each value knows its place
    std::vector<NamedFile> files;
};

/// The texts of a main file and its drop-ins against every rule but those about files. Relative paths are
/// meant from `folder`. Throws ConfigurationError with all problems at once.
[[nodiscard]] Interpretation interpret(const std::vector<Source>& sources,
                                       const std::filesystem::path& folder);

}  // namespace device_agent::config
