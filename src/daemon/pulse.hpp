// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/job_thread.hpp"

#include <atomic>
#include <memory>

namespace device_agent::daemon {

/// Whether a thread still does its jobs, one look after the other.
class Pulse {
public:
    explicit Pulse(JobThread& thread) : thread_(thread) {}

    /// Whether what was posted at the last call is done by now. Posts the next.
    [[nodiscard]] bool is_felt() {
        if (!*answered_) return false;
        *answered_ = false;
        thread_.post([answered = answered_] { *answered = true; });
        return true;
    }

private:
    JobThread& thread_;
    std::shared_ptr<std::atomic<bool>> answered_ = std::make_shared<std::atomic<bool>>(true);
};

}  // namespace device_agent::daemon
