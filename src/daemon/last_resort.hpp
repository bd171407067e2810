// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

namespace device_agent::daemon {

/// Ends the process, with exit code 0, when this object still lives after two seconds. A TPM takes seconds
/// for some commands, and none can be called back; whatever is interrupted then is finished at the next
/// start, as after a power cut.
class LastResort {
public:
    LastResort();
    LastResort(const LastResort&) = delete;
    LastResort& operator=(const LastResort&) = delete;
    ~LastResort();

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_over_ = false;
    std::thread thread_;
};

}  // namespace device_agent::daemon
