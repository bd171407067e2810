// SPDX-License-Identifier: Apache-2.0
// With what a connection proves to a hub who it is, for as long as it lasts.
#pragma once

#include "emulator/hub/identity.hpp"
#include "emulator/mqtt/session.hpp"
#include "emulator/sas/token.hpp"
#include "emulator/store/database.hpp"

namespace emulator::mqtt {

class HubProof {
public:
    /// A token when there is a password, else the TLS client's certificate. Throws ConnectRefusal when it
    /// does not prove to be `identity`. `device`: the identity itself, or that of the module.
    HubProof(store::Transaction& transaction, const Connect& connect, const Peer& peer,
             const hub::Identity& identity, const hub::Identity& device, device_agent::WallTime now);

    /// Why it does so no longer, in words, once the identity has changed; nothing while it does. Thread-safe.
    [[nodiscard]] std::optional<std::string> reason_against(const hub::Identity& identity,
                                                            const hub::Identity& device,
                                                            device_agent::WallTime now) const;

    [[nodiscard]] std::optional<device_agent::WallTime> expiry() const;

private:
    std::optional<sas::Token> token_{};
    std::string sha1_thumbprint_{};
    std::string sha256_thumbprint_{};
};

}  // namespace emulator::mqtt
