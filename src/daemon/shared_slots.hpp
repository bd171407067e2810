// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/job_thread.hpp"
#include "daemon/slot_changes.hpp"
#include "identity/slot_store.hpp"

#include <memory>

namespace device_agent::daemon {

/// Slots that any thread may use: each call runs on the thread that owns the TPM, whole. What takes a slot,
/// or leaves one, is noted and told. `thread` and `changes` outlive it.
class SharedSlots final : public identity::SlotStore {
public:
    SharedSlots(std::unique_ptr<identity::SlotStore> slots, JobThread& thread, SlotChanges& changes)
        : slots_(std::move(slots)), thread_(thread), changes_(changes) {}

    [[nodiscard]] std::vector<identity::Slot> look(std::span<const unsigned> slots) override;
    [[nodiscard]] std::vector<identity::Slot> look_everywhere(std::span<const unsigned> wanted) override;
    void require_room(std::span<const unsigned> slots) override;
    void stage(const std::vector<identity::NewContent>& contents) override;
    void finish(std::span<const unsigned> slots) override;
    void discard(unsigned slot) override;
    void erase(unsigned slot) override;
    [[nodiscard]] Sha256 sign(unsigned slot, ByteView data) override;
    [[nodiscard]] Sha256 sign_staged(unsigned slot, ByteView data) override;

private:
    template <typename Work>
    auto on_thread(Work work);
    [[nodiscard]] bool has_another_key_staged(const identity::Slot& slot);

    std::unique_ptr<identity::SlotStore> slots_;
    JobThread& thread_;
    SlotChanges& changes_;
};

}  // namespace device_agent::daemon
