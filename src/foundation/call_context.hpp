// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/backoff.hpp"
#include "foundation/clock.hpp"

#include <optional>
#include <stop_token>

namespace device_agent {

/// What a call that may wait is given: how time passes, how long it may take, and how to stop it. Refers to
/// ports that outlive it.
struct CallContext {
    Clock& clock;
    Jitter& jitter;
    std::optional<SteadyTime> deadline;  ///< nothing: no limit
    std::stop_token stop;

    /// Throws Error{cancelled} when a stop was asked for.
    void check() const;
    /// Whether `delay` from now still lies before the deadline.
    [[nodiscard]] bool allows(std::chrono::milliseconds delay) const;
    void wait(std::chrono::milliseconds delay) const { clock.wait(delay, stop); }
};

}  // namespace device_agent
