// SPDX-License-Identifier: Apache-2.0
#include "daemon/shared_slots.hpp"

#include <optional>
#include <type_traits>

namespace device_agent::daemon {

using identity::Slot;

template <typename Work>
auto SharedSlots::on_thread(Work work) {
    if constexpr (std::is_void_v<decltype(work())>) {
        thread_.run(work);
    } else {
        std::optional<decltype(work())> result;
        thread_.run([&] { result.emplace(work()); });
        return std::move(*result);
    }
}

std::vector<Slot> SharedSlots::look(std::span<const unsigned> slots) {
    return on_thread([&] { return slots_->look(slots); });
}

std::vector<Slot> SharedSlots::look_everywhere(std::span<const unsigned> wanted) {
    return on_thread([&] { return slots_->look_everywhere(wanted); });
}

void SharedSlots::require_room(std::span<const unsigned> slots) {
    on_thread([&] { slots_->require_room(slots); });
}

void SharedSlots::stage(const std::vector<identity::NewContent>& contents) {
    on_thread([&] { slots_->stage(contents); });
}

// Two signatures tell whether an application's tokens are worthless now; only where something changes anyway.
bool SharedSlots::has_another_key_staged(const Slot& slot) {
    if (slot.state != Slot::State::filled) return true;
    const auto probe = as_bytes("device-agent: is this the key?");
    try {
        return slots_->sign(slot.number, probe) != slots_->sign_staged(slot.number, probe);
    } catch (const Error&) {
        return true;
    }
}

void SharedSlots::finish(std::span<const unsigned> slots) {
    on_thread([&] {
        struct Coming {
            unsigned slot;
            identity::Identity identity;
            bool has_another_key;
        };
        std::vector<Coming> coming;
        for (const auto& slot : slots_->look(slots)) {
            if (slot.staged) coming.push_back({slot.number, *slot.staged, has_another_key_staged(slot)});
        }
        slots_->finish(slots);
        for (const auto& [slot, identity, has_another_key] : coming)
            changes_.note(slot, identity, has_another_key);
    });
    changes_.tell();
}

void SharedSlots::discard(unsigned slot) {
    on_thread([&] { slots_->discard(slot); });
}

void SharedSlots::erase(unsigned slot) {
    on_thread([&] {
        slots_->erase(slot);
        changes_.note(slot, std::nullopt, true);
    });
    changes_.tell();
}

Sha256 SharedSlots::sign(unsigned slot, ByteView data) {
    return on_thread([&] { return slots_->sign(slot, data); });
}

Sha256 SharedSlots::sign_staged(unsigned slot, ByteView data) {
    return on_thread([&] { return slots_->sign_staged(slot, data); });
}

}  // namespace device_agent::daemon
