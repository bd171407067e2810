// SPDX-License-Identifier: Apache-2.0
// The connection string of a device or module with its key, as the hub shows it.
#pragma once

#include "foundation/secret.hpp"
#include "identity/identity.hpp"

#include <string_view>

namespace device_agent::identity {

struct KeyedIdentity {
    Identity identity;
    SecretBytes key;
};

/// Reads "HostName=…;DeviceId=…[;ModuleId=…];SharedAccessKey=…", in any order. Throws Error{usage} that names
/// what is wrong and never quotes a value: any piece of the text could be a piece of the key.
[[nodiscard]] KeyedIdentity parse_connection_string(std::string_view text);

}  // namespace device_agent::identity
