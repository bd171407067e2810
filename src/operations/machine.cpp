// SPDX-License-Identifier: Apache-2.0
#include "operations/machine.hpp"

#include "foundation/error.hpp"
#include "foundation/logging.hpp"

#include <utility>

namespace device_agent::operations {
namespace {

constexpr std::chrono::seconds lock_patience{60};

}  // namespace

Machine::Machine(std::filesystem::path state_directory, std::unique_ptr<tpm::Tpm> tpm, Clock& clock,
                 std::stop_token stop)
    : clock_(clock), stop_(std::move(stop)), state_(std::move(state_directory)), tpm_(std::move(tpm)) {}

CallContext Machine::context(std::chrono::seconds timeout) {
    std::optional<SteadyTime> deadline;
    if (timeout > std::chrono::seconds{0}) deadline = clock_.steady_now() + timeout;
    return {clock_, jitter_, deadline, stop_};
}

void Machine::lock() {
    if (state_.is_locked()) return;
    if (state_.lock(context(lock_patience), locked_out_) && tpm_) tpm_->flush_leftovers();
}

void Machine::lock_for_change(const CallContext& context) {
    if (state_.is_locked()) return;
    try {
        state_.create();
    } catch (const Error& error) {
        // Empty slots in the TPM can be filled without it; the slot store refuses the rest.
        log::warning(error.what());
    }
    state_.lock(context, locked_out_);
    if (tpm_) tpm_->flush_leftovers();
}

void Machine::erase_state() {
    state_.erase();
    state_.unlock();
}

}  // namespace device_agent::operations
