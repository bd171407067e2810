// SPDX-License-Identifier: Apache-2.0
// Growing, jittered delays between retries, so that a fleet that reboots at once does not come back at once.
#pragma once

#include <chrono>

namespace device_agent {

/// Chance is a port, so that tests see fixed delays.
class Jitter {
public:
    Jitter() = default;
    Jitter(const Jitter&) = delete;
    Jitter& operator=(const Jitter&) = delete;
    virtual ~Jitter() = default;
    /// Uniform in [0, 1).
    virtual double next() = 0;
};

/// Seeded by the kernel.
class RandomJitter final : public Jitter {
public:
    double next() override;
};

/// "Equal jitter": delay k lies between half and the whole of first × 2^k, capped at `most`.
class Backoff {
public:
    Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most, Jitter& jitter)
        : next_(first), most_(most), jitter_(jitter) {}

    /// The delay to wait now; the one after it will be longer.
    [[nodiscard]] std::chrono::milliseconds next();

private:
    std::chrono::milliseconds next_;
    std::chrono::milliseconds most_;
    Jitter& jitter_;
};

}  // namespace device_agent
