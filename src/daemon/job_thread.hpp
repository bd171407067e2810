// SPDX-License-Identifier: Apache-2.0
// A thread that does one job after the other: what must not be done by two at once is done there.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace device_agent::daemon {

class JobThread {
public:
    enum class Urgency {
        application,  ///< an application waits: before everything else that waits
        usual,
    };
    /// Must not throw.
    using Job = std::function<void()>;

    /// `name` is what the system shows, 15 characters at most.
    explicit JobThread(std::string name);
    JobThread(const JobThread&) = delete;
    JobThread& operator=(const JobThread&) = delete;
    /// Does what was posted, and ends.
    ~JobThread();

    /// From any thread; returns at once.
    void post(Job job, Urgency urgency = Urgency::usual);
    /// Waits until the job is done, and throws what it threw. On this thread itself it is done at once.
    void run(const std::function<void()>& job);

private:
    void work();

    std::mutex mutex_;
    std::condition_variable has_work_;
    std::deque<Job> of_applications_;
    std::deque<Job> usual_;
    bool ends_ = false;
    std::thread thread_;
};

}  // namespace device_agent::daemon
