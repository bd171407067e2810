// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/dps/caller.hpp"
#include "foundation/clock.hpp"
#include "foundation/secret.hpp"

#include <string>

namespace emulator::dps {

/// The name that a device's tokens for this service carry as skn, and that a challenge gives its key.
inline constexpr std::string_view device_policy = "registration";

/// Checks the caller's token against its resource and `key`: resource, policy, signature, expiry. Throws
/// Refusal (401).
void require_device_token(const Caller& caller, const device_agent::SecretBytes& key,
                          device_agent::WallTime now);

}  // namespace emulator::dps
