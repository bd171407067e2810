// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/dps/caller.hpp"
#include "emulator/sas/token.hpp"
#include "foundation/clock.hpp"
#include "foundation/secret.hpp"

#include <string>

namespace emulator::dps {

/// The name that a device's tokens for this service carry as skn, and that a challenge gives its key.
inline constexpr std::string_view device_policy = "registration";

/// The caller's token, when resource, policy and expiry are right: whose key signed it remains to be seen.
/// The policy may be left out, as the SDK for Python does. Throws Refusal (401).
[[nodiscard]] sas::Token parse_device_token(const Caller& caller, device_agent::WallTime now);

/// The same, with a policy, and signed with the key of a challenge.
void require_device_token(const Caller& caller, const device_agent::SecretBytes& key,
                          device_agent::WallTime now);

}  // namespace emulator::dps
