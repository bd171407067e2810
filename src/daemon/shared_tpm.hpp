// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/job_thread.hpp"
#include "tpm/tpm.hpp"

#include <memory>

namespace device_agent::daemon {

/// A TPM that any thread may use: each sequence runs on the one thread that owns it, and whoever asked waits.
/// The TPM itself is made, and destroyed, by whoever has this. `thread` outlives it.
class SharedTpm final : public tpm::Tpm {
public:
    SharedTpm(std::unique_ptr<tpm::Tpm> tpm, JobThread& thread) : tpm_(std::move(tpm)), thread_(thread) {}

    void run(const std::function<void(tpm::Sequence&)>& work) override {
        thread_.run([&] { tpm_->run(work); });
    }
    std::size_t flush_leftovers() override {
        std::size_t flushed = 0;
        thread_.run([&] { flushed = tpm_->flush_leftovers(); });
        return flushed;
    }

private:
    std::unique_ptr<tpm::Tpm> tpm_;
    JobThread& thread_;
};

}  // namespace device_agent::daemon
