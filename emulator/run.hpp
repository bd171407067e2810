// SPDX-License-Identifier: Apache-2.0
// The running emulator: from a data directory to READY, until it is told to stop.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace emulator {

struct RunOptions {
    std::filesystem::path data;
    bool memory = false;                        ///< no database file
    std::optional<std::string> listen{};        ///< an IP address; else the loopback addresses
    std::optional<std::uint16_t> https_port{};  ///< 0: any free one; else 443 if permitted, else 8443
    std::optional<std::uint16_t> mqtt_port{};   ///< 0: any free one; else 8883
    std::vector<std::string> hubs{};            ///< empty: those of the directory, or the defaults
};

/// Serves until SIGTERM or SIGINT. Writes a few lines for people to `out`, then READY alone on a line once it
/// serves. Throws Error when it cannot start.
void run(const RunOptions& options, std::ostream& out);

}  // namespace emulator
