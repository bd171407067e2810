// SPDX-License-Identifier: Apache-2.0
// Every refusal is logged, but nobody can fill the log with them.
#pragma once

#include "app_api/caller.hpp"
#include "app_api/limits.hpp"
#include "app_api/rate_limiter.hpp"
#include "foundation/clock.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace device_agent::app_api {

/// Threading: one thread.
class RefusalLog {
public:
    /// A warning; `request` is a name of ours. Beyond some lines of one process, or of one user, they are
    /// only counted, and the next line says how many were left out.
    void write(const Caller& caller, std::string_view request, const std::string& reason, SteadyTime now);

private:
    RateLimiter lines_{[] {
        Limits limits;
        limits.process = {.burst = 5, .per_second = 0.2};
        limits.user = {.burst = 20, .per_second = 1};
        return limits;
    }()};
    std::uint64_t left_out_ = 0;
};

}  // namespace device_agent::app_api
