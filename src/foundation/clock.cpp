// SPDX-License-Identifier: Apache-2.0
#include "foundation/clock.hpp"

#include "foundation/error.hpp"

#include <condition_variable>
#include <ctime>
#include <mutex>

namespace device_agent {

WallTime SystemClock::now() const {
    return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::steady_now() const {
    return std::chrono::steady_clock::now();
}

void SystemClock::wait(std::chrono::milliseconds duration, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any condition;
    std::unique_lock lock(mutex);
    condition.wait_for(lock, stop, duration, [] { return false; });
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped on request");
}

std::string format_utc(WallTime time) {
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text, length};
}

std::optional<WallTime> parse_http_date(const std::string& text) {
    std::tm parts{};
    const char* rest = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (rest == nullptr || *rest != '\0') return std::nullopt;
    return WallTime(std::chrono::seconds(timegm(&parts)));
}

}  // namespace device_agent
