// SPDX-License-Identifier: Apache-2.0
// The software by which a program is known to connect: one table for libraries, one for packages.
#pragma once

#include "image/facts.hpp"

#include <optional>
#include <string_view>

namespace device_agent::image {

/// Of a shared library, by its soname.
[[nodiscard]] std::optional<Use> use_of_library(std::string_view soname);
[[nodiscard]] std::optional<Use> use_of_node_package(std::string_view name);
/// By any spelling of the name (PEP 503).
[[nodiscard]] std::optional<Use> use_of_python_package(std::string_view name);

}  // namespace device_agent::image
