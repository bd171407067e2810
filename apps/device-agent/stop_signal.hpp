// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>
#include <thread>

namespace device_agent::app {

/// Turns SIGTERM and SIGINT into a stop request. Make it before any other thread: it blocks both signals for
/// the process, and a thread of its own waits for them. SIGPIPE is ignored from then on.
class StopSignal {
public:
    StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;
    ~StopSignal();

    [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }

private:
    int signals_ = -1;  // signalfd
    int done_ = -1;     // eventfd, tells the thread to end
    std::stop_source source_;
    std::jthread waiter_;
};

}  // namespace device_agent::app
