// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/backoff.hpp"
#include "foundation/error.hpp"

#include <chrono>
#include <optional>

namespace device_agent::daemon {

/// How long to wait after a failure before the next try: growing jittered delays, of a length that fits what
/// went wrong, and never less than the service asked for.
class Pace {
public:
    explicit Pace(Jitter& jitter) : jitter_(jitter) {}

    [[nodiscard]] std::chrono::milliseconds after(const Error& error);
    /// All is well: the next failure is the first one again.
    void reset() { backoff_.reset(); }

private:
    Jitter& jitter_;
    ErrorCode code_ = ErrorCode::internal;  // of the last failure
    std::optional<Backoff> backoff_;
};

}  // namespace device_agent::daemon
