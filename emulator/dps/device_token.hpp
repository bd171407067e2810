// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/http/message.hpp"
#include "foundation/clock.hpp"
#include "foundation/secret.hpp"

#include <string>

namespace emulator::dps {

/// The name that a device's tokens for this service carry as skn, and that a challenge gives its key.
inline constexpr std::string_view device_policy = "registration";

/// Checks the request's token against `resource` ("{idScope}/registrations/{registrationId}") and `key`:
/// resource, policy, signature, expiry. Throws Refusal (401).
void require_device_token(const http::Request& request, std::string_view resource,
                          const device_agent::SecretBytes& key, device_agent::WallTime now);

}  // namespace emulator::dps
