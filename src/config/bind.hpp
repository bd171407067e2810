// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.hpp"
#include "config/document.hpp"
#include "config/files.hpp"

namespace device_agent::config {

/// The typed value of a document that passed every check, has its defaults, and whose paths are absolute.
[[nodiscard]] Configuration bind(const Node& root, Passwords passwords);

}  // namespace device_agent::config
