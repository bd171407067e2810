// SPDX-License-Identifier: Apache-2.0
#include "daemon/job_thread.hpp"

#include <exception>
#include <future>
#include <memory>
#include <pthread.h>
#include <utility>

namespace device_agent::daemon {

JobThread::JobThread(std::string name)
    : thread_([this, name = std::move(name)] {
          ::pthread_setname_np(::pthread_self(), name.c_str());
          work();
      }) {}

JobThread::~JobThread() {
    {
        const std::scoped_lock lock(mutex_);
        ends_ = true;
    }
    has_work_.notify_one();
    thread_.join();
}

void JobThread::post(Job job, Urgency urgency) {
    {
        const std::scoped_lock lock(mutex_);
        (urgency == Urgency::application ? of_applications_ : usual_).push_back(std::move(job));
    }
    has_work_.notify_one();
}

void JobThread::run(const std::function<void()>& job) {
    if (std::this_thread::get_id() == thread_.get_id()) return job();
    // Shared: who waits may go on, and end, before the thread has left set_value().
    const auto done = std::make_shared<std::promise<void>>();
    auto outcome = done->get_future();
    post([&job, done] {
        try {
            job();
            done->set_value();
        } catch (...) {
            done->set_exception(std::current_exception());
        }
    });
    outcome.get();
}

void JobThread::work() {
    for (;;) {
        std::unique_lock lock(mutex_);
        has_work_.wait(lock, [this] { return ends_ || !of_applications_.empty() || !usual_.empty(); });
        auto& queue = of_applications_.empty() ? usual_ : of_applications_;
        if (queue.empty()) return;
        const Job job = std::move(queue.front());
        queue.pop_front();
        lock.unlock();
        job();
    }
}

}  // namespace device_agent::daemon
