// SPDX-License-Identifier: Apache-2.0
// What Node and Python packages say that they depend on. Any bytes will do: a file that is not understood is
// no evidence.
#pragma once

#include "image/facts.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace device_agent::image {

/// Whether a path is that of a file that the functions below read.
[[nodiscard]] bool is_node_package_file(std::string_view path);
[[nodiscard]] bool is_python_package_file(std::string_view path);

/// A package.json. The package of an application lies in no node_modules folder, or in one that belongs to no
/// other package; all others are libraries of an application.
[[nodiscard]] std::optional<Evidence> node_evidence(const std::string& path, std::string_view text);
/// NAME.dist-info/METADATA, or NAME.egg-info/PKG-INFO or requires.txt.
[[nodiscard]] std::optional<Evidence> python_evidence(const std::string& path, std::string_view text);

}  // namespace device_agent::image
