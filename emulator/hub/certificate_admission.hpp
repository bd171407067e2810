// SPDX-License-Identifier: Apache-2.0
// Identities that prove themselves by the certificate of the TLS connection.
#pragma once

#include "emulator/certificates/chain.hpp"
#include "emulator/hub/identity.hpp"
#include "emulator/store/database.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emulator::hub {

/// Why the client's certificates (DER, its own first) are not the identity's, in words; nothing when they
/// are. With thumbprints, one of the identity's is the certificate's SHA-1 or SHA-256; with an authority, the
/// chain leads to an uploaded and verified one, and the common name is "device" or "device/module". Checked
/// too are the device's state and the certificate's life.
[[nodiscard]] std::optional<std::string> reason_against(store::Transaction& transaction,
                                                        const std::vector<device_agent::Bytes>& certificates,
                                                        const Identity& identity, const Identity& device,
                                                        device_agent::WallTime now);

/// Whether one of the identity's thumbprints is the certificate's; in either case, with colons or without.
[[nodiscard]] bool has_thumbprint(const Authentication& authentication, std::string_view sha1,
                                  std::string_view sha256);

}  // namespace emulator::hub
