// SPDX-License-Identifier: Apache-2.0
// What outlives a configuration: the TPM, the state directory with its lock, and the time.
#pragma once

#include "cloud/service_time.hpp"
#include "foundation/call_context.hpp"
#include "identity/state_directory.hpp"
#include "tpm/tpm.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>

namespace device_agent::operations {

/// Threading: the lock, and what changes the state directory, is for one thread at a time; the rest is for
/// any.
class Machine {
public:
    /// `tpm` is null where the configuration needs none. `clock` outlives it.
    Machine(std::filesystem::path state_directory, std::unique_ptr<tpm::Tpm> tpm, Clock& clock,
            std::stop_token stop);

    [[nodiscard]] tpm::Tpm* tpm() const noexcept { return tpm_.get(); }
    [[nodiscard]] Clock& clock() const noexcept { return clock_; }
    [[nodiscard]] cloud::ServiceTime& time() noexcept { return time_; }

    /// A context that ends after `timeout` (0 means never) or with the stop of this machine.
    [[nodiscard]] CallContext context(std::chrono::seconds timeout);

    /// Waits for other device-agent processes on this machine, a minute at most; call it before anything that
    /// reaches the TPM. Who holds the lock has a TPM without a resource manager to itself, and clears what
    /// killed processes left in it. Without effect when the lock is held.
    void lock();
    /// The same, for what changes something: makes the state directory where it can be made.
    void lock_for_change(const CallContext& context);
    void unlock() noexcept { state_.unlock(); }
    /// Called whenever another process is found to hold the lock; what it throws ends the waiting.
    void when_locked_out(std::function<void()> work) { locked_out_ = std::move(work); }

    /// Throws Error{state} where erase_state() would fail.
    void require_erasable_state() const { state_.require_erasable(); }
    /// The lock goes with the folder.
    void erase_state();

private:
    Clock& clock_;
    std::stop_token stop_;
    RandomJitter jitter_;
    cloud::ServiceTime time_{clock_};
    identity::StateDirectory state_;
    std::unique_ptr<tpm::Tpm> tpm_;
    std::function<void()> locked_out_;
};

}  // namespace device_agent::operations
