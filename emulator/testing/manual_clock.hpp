// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/clock.hpp"

namespace emulator::testing {

/// Stands still until it is told to move.
class ManualClock final : public device_agent::Clock {
public:
    [[nodiscard]] device_agent::WallTime now() const override { return now_; }
    [[nodiscard]] device_agent::SteadyTime steady_now() const override {
        return device_agent::SteadyTime(now_.time_since_epoch());
    }
    void wait(std::chrono::milliseconds, const std::stop_token&) override {}

    void advance(std::chrono::seconds by) { now_ += by; }

private:
    device_agent::WallTime now_{std::chrono::seconds{1'700'000'000}};
};

}  // namespace emulator::testing
