// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app_api/listening_socket.hpp"
#include "daemon/service_manager.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace device_agent::daemon {

/// Where the daemon is asked.
struct Sockets {
    app_api::ListeningSocket api;
    std::optional<app_api::ListeningSocket> credentials;
};

/// Takes what systemd made, by the names "api" and "credential" (FileDescriptorName=); makes the others:
/// `api` for everybody, since the kernel says who connects, and `credential.sock` beside it for its owner and
/// root.
[[nodiscard]] Sockets open_sockets(const std::filesystem::path& api,
                                   const std::vector<service_manager::Socket>& handed_over);

}  // namespace device_agent::daemon
