// SPDX-License-Identifier: Apache-2.0
// Time is a port: no test waits for a real clock.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

namespace device_agent {

using WallTime = std::chrono::sys_seconds;
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    /// What the machine believes the time is; may be wrong, may jump.
    [[nodiscard]] virtual WallTime now() const = 0;
    /// For durations and deadlines; never jumps.
    [[nodiscard]] virtual SteadyTime steady_now() const = 0;
    /// Returns early, by throwing Error{cancelled}, when `stop` is requested.
    virtual void wait(std::chrono::milliseconds duration, const std::stop_token& stop) = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] WallTime now() const override;
    [[nodiscard]] SteadyTime steady_now() const override;
    void wait(std::chrono::milliseconds duration, const std::stop_token& stop) override;
};

/// RFC 3339 in UTC, "2026-01-31T12:00:00Z".
[[nodiscard]] std::string format_utc(WallTime time);
/// An HTTP date (RFC 9110, IMF-fixdate); nothing when it is not one.
[[nodiscard]] std::optional<WallTime> parse_http_date(const std::string& text);

}  // namespace device_agent
