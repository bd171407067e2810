// SPDX-License-Identifier: Apache-2.0
// What one caller may take of the agent, and all of them together.
#pragma once

#include <chrono>
#include <cstddef>

namespace device_agent::app_api {

/// A bucket of tokens: `burst` at once, and then `per_second`.
struct Rate {
    double burst = 0;
    double per_second = 0;
};

struct Limits {
    std::size_t header_bytes = 8UL * 1024;
    std::size_t body_bytes = 4UL * 1024;
    std::chrono::milliseconds request{10'000};  ///< for a request to arrive, and for an answer to be taken
    std::chrono::milliseconds idle{60'000};     ///< between two requests; event streams are never idle

    std::size_t connections = 1024;
    std::size_t connections_of_user = 512;
    std::size_t streams_of_process = 16;    ///< event streams
    std::size_t signatures_of_process = 4;  ///< that are waited for at one time
    /// What costs is counted: a signature by the TPM and a refused request in full, a new connection in part,
    /// since a client may well connect for each call. A process is a caller; the rate of its user keeps it
    /// from being many.
    Rate process{.burst = 1000, .per_second = 100};
    Rate user{.burst = 4000, .per_second = 1000};
    double cost_of_connection = 1.0 / 64;

    std::size_t cached_tokens = 256;
    std::chrono::milliseconds credential_wait{60'000};  ///< for a unit's identity to be provisioned
};

}  // namespace device_agent::app_api
