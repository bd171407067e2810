// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/backoff.hpp"
#include "foundation/clock.hpp"
#include "foundation/error.hpp"

#include <functional>
#include <utility>
#include <vector>

namespace device_agent::fakes {

/// Waiting moves the time and is remembered; nothing sleeps.
class FakeClock final : public Clock {
public:
    explicit FakeClock(WallTime now = WallTime(std::chrono::seconds(1'900'000'000))) : now_(now) {}

    [[nodiscard]] WallTime now() const override {
        return std::chrono::time_point_cast<std::chrono::seconds>(now_);
    }
    [[nodiscard]] SteadyTime steady_now() const override { return steady_; }
    void wait(std::chrono::milliseconds duration, const std::stop_token& stop) override {
        if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped on request");
        waits.push_back(duration);
        pass(duration);
        if (waits.size() == count_) work_();
    }
    /// Runs `work` when somebody has waited `count` times.
    void when_waited(std::size_t count, std::function<void()> work) {
        count_ = count;
        work_ = std::move(work);
    }

    void pass(std::chrono::milliseconds duration) {
        now_ += duration;
        steady_ += duration;
    }
    /// The clock jumps; durations do not.
    void set(WallTime now) { now_ = now; }

    std::vector<std::chrono::milliseconds> waits;

private:
    std::chrono::sys_time<std::chrono::milliseconds> now_;
    SteadyTime steady_{};
    std::size_t count_ = 0;
    std::function<void()> work_;
};

class FixedJitter final : public Jitter {
public:
    double next() override { return 0.5; }
};

}  // namespace device_agent::fakes
