// SPDX-License-Identifier: Apache-2.0
#include "daemon/last_resort.hpp"

#include "foundation/logging.hpp"

#include <chrono>
#include <unistd.h>

namespace device_agent::daemon {

LastResort::LastResort()
    : thread_([this] {
          std::unique_lock lock(mutex_);
          if (changed_.wait_for(lock, std::chrono::seconds(2), [this] { return is_over_; })) return;
          log::warning(
              "stopping in the middle of a command to the TPM; the next start finishes what it began");
          ::_exit(0);
      }) {}

LastResort::~LastResort() {
    {
        const std::scoped_lock lock(mutex_);
        is_over_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

}  // namespace device_agent::daemon
