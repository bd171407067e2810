// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.hpp"

namespace device_agent::daemon {

/// Where the agent lives cannot change while it runs. Throws Error{configuration} that names what did.
void require_same_fixed_settings(const config::Configuration& now, const config::Configuration& wanted);

}  // namespace device_agent::daemon
