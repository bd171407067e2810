// SPDX-License-Identifier: Apache-2.0
#include "daemon/lone_daemon.hpp"

#include "foundation/error.hpp"
#include "operations/daemon_client.hpp"

namespace device_agent::daemon {

void require_nobody_at(const std::filesystem::path& socket) {
    const auto process = operations::daemon_at(socket);
    if (!process) return;
    throw Error(ErrorCode::state, "device-agent run serves at " + socket.string() + " already, as process " +
                                      std::to_string(*process) +
                                      ": one serves a device; stop that one first, or give this one another "
                                      "configuration, with its own socket, stateDirectory and TPM");
}

}  // namespace device_agent::daemon
