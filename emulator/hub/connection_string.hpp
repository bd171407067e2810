// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/hub/identity.hpp"

namespace emulator::hub {

/// What an application connects with. Exactly one of key, signature and x509 is given.
struct ConnectionString {
    IdentityId id;                                                ///< hub in lower case, without a port
    std::optional<device_agent::SecretText> shared_access_key{};  ///< base64
    std::optional<device_agent::SecretText> shared_access_signature{};
    bool x509 = false;
};

/// Parses `HostName=…;DeviceId=…[;ModuleId=…];…`. Unknown parts are passed over, as the SDKs do. Throws
/// FormatError.
[[nodiscard]] ConnectionString parse_connection_string(std::string_view text);

}  // namespace emulator::hub
