// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/document.hpp"

namespace device_agent::config {

/// Puts the specification's default wherever a key is absent, and all keys into the specification's order.
/// Wrong values stay as they are. A default has no place.
void fill_defaults(Node& root);

}  // namespace device_agent::config
