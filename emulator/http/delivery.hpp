// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <stop_token>

namespace emulator::http {

/// How the edge sends an answer that a fault spoils.
struct Delivery {
    enum class Ending {
        whole,          ///< after the pause, the answer as it is
        stall_halfway,  ///< half of it, the pause, the rest
        cut_halfway,    ///< half of it, and then the connection is closed
    };
    Ending ending = Ending::whole;
    std::chrono::milliseconds pause{0};
    std::stop_token cleared{};  ///< ends the pause early
};

}  // namespace emulator::http
