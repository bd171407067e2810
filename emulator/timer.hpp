// SPDX-License-Identifier: Apache-2.0
// What is to be done later, without a thread that waits for it. A port, so that tests need not wait.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace emulator {

/// Thread-safe.
class Timer {
public:
    Timer() = default;
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    virtual ~Timer() = default;

    /// Calls `action` once, after `delay`, on a thread of the timer's. It must be short and must not throw.
    virtual void after(std::chrono::milliseconds delay, std::function<void()> action) = 0;
};

/// By the machine's steady clock, on one thread.
class ThreadTimer final : public Timer {
public:
    ThreadTimer();
    /// Drops what is not done yet.
    ~ThreadTimer() override;

    void after(std::chrono::milliseconds delay, std::function<void()> action) override;
    /// The same, before the end: nothing is called any more when it returns.
    void stop();

private:
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::multimap<std::chrono::steady_clock::time_point, std::function<void()>> actions_;
    bool stopping_ = false;
    std::jthread thread_;
};

}  // namespace emulator
