// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace emulator {

/// A free TCP port of the loopback address, bound and not listened on: nobody else gets it, and clients are
/// refused. It stands in for the MQTT server, so that "any free port" has a number to be told.
class ReservedPort {
public:
    /// Throws Error{internal} when there is none.
    ReservedPort();
    ReservedPort(const ReservedPort&) = delete;
    ReservedPort& operator=(const ReservedPort&) = delete;
    ~ReservedPort();

    [[nodiscard]] std::uint16_t number() const;

private:
    int socket_;
};

}  // namespace emulator
