// SPDX-License-Identifier: Apache-2.0
// The emulator's own certificate authority.
#pragma once

#include "foundation/clock.hpp"
#include "foundation/secret.hpp"

#include <string>
#include <vector>

namespace emulator::certificates {

/// Both in PEM.
struct CertifiedKey {
    std::string certificate;
    device_agent::SecretText private_key;
};

/// A self-signed authority, good for ten years, whose name constraints (RFC 5280, 4.2.1.10) admit what
/// check_host_name() admits: trusting it puts no other name at risk, even if its key leaks.
[[nodiscard]] CertifiedKey make_authority(device_agent::WallTime now);

/// A server certificate with an RSA-2048 key, good for 397 days, for all `names` (checked before).
[[nodiscard]] CertifiedKey issue_server_certificate(const CertifiedKey& authority,
                                                    const std::vector<std::string>& names,
                                                    device_agent::WallTime now);

/// Whether the key is that of the certificate. Throws Error when one of them cannot be read.
[[nodiscard]] bool is_pair(const CertifiedKey& certified);

/// The end of a certificate's life. Throws Error{state} when it is not a certificate.
[[nodiscard]] device_agent::WallTime expiry_of(const std::string& certificate);

}  // namespace emulator::certificates
