// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/http/message.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace emulator::http {

/// Where a request goes.
struct Destination {
    std::string host;
    std::uint16_t port = 443;
    std::string ca_file;  ///< the only authority that is trusted
};

/// Sends one request to `target` (path and query as they stand on the wire) and waits for the answer, on a
/// connection of its own. Throws Error{network} that says what failed, also when it takes longer than
/// `patience`.
[[nodiscard]] Response send(const Destination& destination, const std::string& method,
                            const std::string& target, const Headers& headers, const std::string& body,
                            std::chrono::seconds patience = std::chrono::seconds{30});

}  // namespace emulator::http
