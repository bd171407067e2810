// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/secret.hpp"

#include <functional>
#include <map>
#include <string>

namespace emulator {

/// The keys (base64) of one service's shared access policies, by name.
using PolicyKeys = std::map<std::string, device_agent::SecretText, std::less<>>;

/// The policies of each hub, by hub name in lower case. Its keys are the hubs that there are.
using HubPolicies = std::map<std::string, PolicyKeys, std::less<>>;

}  // namespace emulator
