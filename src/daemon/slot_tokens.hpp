// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app_api/agent.hpp"
#include "cloud/service_time.hpp"
#include "daemon/job_thread.hpp"
#include "daemon/slot_changes.hpp"

#include <functional>
#include <memory>

namespace device_agent::daemon {

/// Tokens for applications, signed on the thread that owns the TPM, before whatever else waits for it. What
/// it refers to outlives it, and so does the thread's work.
class SlotTokens final : public app_api::TokenSource {
public:
    /// The slots of the configuration that holds now.
    using Slots = std::function<std::shared_ptr<identity::SlotStore>()>;

    SlotTokens(Slots slots, JobThread& thread, const SlotChanges& changes, const cloud::ServiceTime& time)
        : slots_(std::move(slots)), thread_(thread), changes_(changes), time_(time) {}

    void mint(const identity::Slot& slot, std::chrono::seconds life, Done done) override;

private:
    [[nodiscard]] cloud::SasToken sign(const identity::Slot& slot, std::chrono::seconds life) const;

    Slots slots_;
    JobThread& thread_;
    const SlotChanges& changes_;
    const cloud::ServiceTime& time_;
};

}  // namespace device_agent::daemon
