// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/document.hpp"

#include <string>

namespace device_agent::config {

/// A checked document with its defaults as JSON, secrets replaced.
[[nodiscard]] std::string print_effective(Node root);

}  // namespace device_agent::config
