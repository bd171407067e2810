// SPDX-License-Identifier: Apache-2.0
// What systemd is told, and what it hands over (sd_notify(3), sd_listen_fds(3)). Without systemd nothing
// happens.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace device_agent::daemon::service_manager {

// From any thread. `status` is one line for people.
void ready(const std::string& status);
void status(const std::string& status);
/// The configuration is read anew; ready() says that it is done.
void reloading();
void stopping();
void alive();

/// How often alive() is to be told at least; nothing when nobody waits for it.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog();

/// A socket that systemd made for us: FileDescriptorName= of its unit, and the descriptor.
struct Socket {
    std::string name;
    int descriptor = -1;
};
/// Call it once, before other threads start: the variables that tell of them are removed.
[[nodiscard]] std::vector<Socket> take_sockets();

}  // namespace device_agent::daemon::service_manager
