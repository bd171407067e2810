// SPDX-License-Identifier: Apache-2.0
// The steps from the texts of the files to a checked document, without looking at any file.
#pragma once

#include "config/document.hpp"
#include "config/findings.hpp"
#include "foundation/secret.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace device_agent::config {

/// A configuration file that was read.
struct Source {
    std::string name;  ///< as messages name it
    SecretText text;   ///< may hold a connection string
};

/// The main file and its drop-ins, merged in their order; nothing when one of them is not JSON.
[[nodiscard]] std::optional<Node> read_document(const std::vector<Source>& sources,
                                                std::vector<Problem>& problems);

/// Every rule but those about files. Leaves the document with its defaults, paths resolved against `folder`.
void check_document(Node& root, const std::filesystem::path& folder, Findings& findings);

/// Puts problems into the order in which a reader meets them: by file, line and column.
void sort_by_place(std::vector<Problem>& problems, const std::vector<Source>& sources);

}  // namespace device_agent::config
