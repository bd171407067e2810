// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace device_agent::provisioning {

/// What an assignment depends on. When one of these changes in the configuration, the device must register
/// anew.
struct Binding {
    std::string endpoint;  ///< of DPS, host[:port]
    std::string id_scope;
    std::string registration_id;
    std::string attestation;  ///< "tpm", "x509", "symmetricKey"

    friend bool operator==(const Binding&, const Binding&) = default;
};

}  // namespace device_agent::provisioning
