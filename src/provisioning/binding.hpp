// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace device_agent::provisioning {

/// The attestation that gives the device no key: its certificate proves it to the hub, too, by mutual TLS.
inline constexpr std::string_view attests_by_certificate = "x509";

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
