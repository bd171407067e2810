// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/hub/identity.hpp"

#include <string_view>

namespace emulator::mqtt {

/// Reads `{hub}/{device}[/{module}]/?api-version=…[&…]`, also in its old form without the question mark. The
/// hub is in lower case. Throws FormatError that names the part.
[[nodiscard]] hub::IdentityId parse_hub_user_name(std::string_view user_name);

/// What the client id of an identity has to be: `{device}[/{module}]`.
[[nodiscard]] std::string client_id_of(const hub::IdentityId& id);

}  // namespace emulator::mqtt
