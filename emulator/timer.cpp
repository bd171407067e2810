// SPDX-License-Identifier: Apache-2.0
#include "emulator/timer.hpp"

namespace emulator {

using Clock = std::chrono::steady_clock;

ThreadTimer::ThreadTimer() : thread_([this] { run(); }) {}

ThreadTimer::~ThreadTimer() {
    stop();
}

void ThreadTimer::after(std::chrono::milliseconds delay, std::function<void()> action) {
    {
        const std::scoped_lock lock(mutex_);
        actions_.emplace(Clock::now() + delay, std::move(action));
    }
    changed_.notify_one();
}

void ThreadTimer::stop() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void ThreadTimer::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (actions_.empty()) {
            changed_.wait(lock);
        } else if (const auto next = actions_.begin()->first; next > Clock::now()) {
            changed_.wait_until(lock, next);
        } else {
            const auto action = std::move(actions_.extract(actions_.begin()).mapped());
            lock.unlock();
            action();
            lock.lock();
        }
    }
}

}  // namespace emulator
