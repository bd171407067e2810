// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/hub/connection_string.hpp"
#include "emulator/policy_keys.hpp"
#include "emulator/store/database.hpp"

namespace emulator::hub {

/// Whether a hub would let a connection in, decided as at CONNECT.
struct Admission {
    bool let_in = false;
    std::string reason{};                            ///< in words; also why it would
    std::optional<device_agent::WallTime> expiry{};  ///< of the token, when there is one
};

/// `hubs`: those that there are. `certificates`: what the client would show in the handshake (DER, its own
/// first), for a connection string that says x509=true.
[[nodiscard]] Admission admit(store::Transaction& transaction, const HubPolicies& hubs,
                              const ConnectionString& connection,
                              const std::vector<device_agent::Bytes>& certificates,
                              device_agent::WallTime now);

}  // namespace emulator::hub
