// SPDX-License-Identifier: Apache-2.0
// Asks the kernel who is at the other end of a Unix socket.
#pragma once

#include "app_api/caller.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace device_agent::app_api {

/// Whose socket it is, as it was when the peer connected. Throws Error{internal} when the kernel does not
/// say. Cheap: one system call. Only `uid`, `gid` and `pid` are set.
[[nodiscard]] Caller peer_of(int socket);

/// What more there is to know, added to what peer_of() found: the supplementary groups as they were at the
/// time of connecting, and the unit. Call it at once when the connection was accepted, while the process is
/// there. `proc` is /proc, or a recorded one.
void look_closer(int socket, const std::filesystem::path& proc, Caller& caller);

/// The name that the peer gave its own socket, with the NUL in front when it is an abstract one (unix(7));
/// empty when it has none. It is the peer's word: worth what the peer's uid is worth.
[[nodiscard]] std::string peer_address(int socket);

/// Whether the kernel can say for sure which process connected (SO_PEERPIDFD, Linux 6.5).
[[nodiscard]] bool kernel_knows_peer_process();

}  // namespace device_agent::app_api
