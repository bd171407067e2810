// SPDX-License-Identifier: Apache-2.0
// Shared access signatures: the signed, expiring passwords of DPS and IoT Hub.
// https://learn.microsoft.com/azure/iot-hub/authenticate-authorize-sas
#pragma once

#include "foundation/bytes.hpp"
#include "foundation/clock.hpp"
#include "foundation/digest.hpp"
#include "foundation/secret.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace device_agent::cloud {

/// HMAC-SHA256 by the identity's key, wherever that key is.
using Signer = std::function<Sha256(ByteView)>;

struct SasToken {
    SecretText text;  ///< "SharedAccessSignature sr=…&sig=…&se=…[&skn=…]"
    WallTime expires;
};

/// `resource` is given plain ("hub/devices/d"); it is percent-encoded here, and what is signed is the encoded
/// form. `key_name` becomes skn; empty for none.
[[nodiscard]] SasToken make_sas_token(std::string_view resource, WallTime expires, std::string_view key_name,
                                      const Signer& sign);

}  // namespace device_agent::cloud
