// SPDX-License-Identifier: Apache-2.0
#include "daemon/pace.hpp"

#include <algorithm>

namespace device_agent::daemon {
namespace {

using std::chrono::milliseconds;

struct Delays {
    std::chrono::seconds first;
    std::chrono::seconds most;
};

// What passes by itself is tried soon; what somebody must change first is tried more and more seldom, so that
// a fleet that is not enrolled does not wear down DPS.
Delays delays_after(ErrorCode code) {
    using namespace std::chrono_literals;
    switch (code) {
        case ErrorCode::network:
            return {10s, 30min};
        case ErrorCode::tpm:
            return {5s, 10min};
        case ErrorCode::refused:
            return {1min, 2h};
        default:
            return {30s, 30min};
    }
}

}  // namespace

milliseconds Pace::after(const Error& error) {
    if (!backoff_ || code_ != error.code()) {
        const auto [first, most] = delays_after(error.code());
        backoff_.emplace(first, most, jitter_);
        code_ = error.code();
    }
    const auto own = backoff_->next();
    return std::max<milliseconds>(own, error.retry().after);
}

}  // namespace device_agent::daemon
