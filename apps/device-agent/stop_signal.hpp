// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace device_agent::app {

/// Turns SIGTERM, SIGINT and SIGHUP into a stop request. Make it before any other thread: it blocks these
/// signals for the process, and a thread of its own waits for them. SIGPIPE is ignored from then on.
class StopSignal {
public:
    StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;
    ~StopSignal();

    [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }

    /// From now on SIGHUP leads to this, on that thread, and to no stop. An empty function: as before.
    void on_hangup(std::function<void()> work);

    /// Ends early: the signals are as they were before, and the process has no thread of this any more.
    void give_back();

private:
    void take();

    void (*pipe_signal_before_)(int) = nullptr;
    sigset_t before_{};
    int signals_ = -1;  // signalfd
    int done_ = -1;     // eventfd, tells the thread to end
    std::stop_source source_;
    std::mutex mutex_;
    std::function<void()> hangup_;
    std::jthread waiter_;
};

}  // namespace device_agent::app
