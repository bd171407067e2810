// SPDX-License-Identifier: Apache-2.0
// Where the slots lie in the TPM: as `limpet` and the old agent leave them, with a base that can be moved.
#pragma once

#include "tpm/tpm.hpp"

namespace device_agent::tpm {

/// Slot numbers run from 0 to this one: a hub allows 50 modules a device, and the device needs one more.
inline constexpr unsigned last_slot = 50;
/// At most this many slots lie in the TPM itself.
inline constexpr unsigned most_persistent_slots = 10;

struct SlotLayout {
    Handle key_base = 0x81000100;
    Handle nv_base = 0x01400100;
    unsigned persistent_slots = most_persistent_slots;

    /// Whether the slot has a handle and an NV index of its own; the others are files, wrapped by the TPM.
    [[nodiscard]] bool is_persistent(unsigned slot) const noexcept { return slot < persistent_slots; }
    [[nodiscard]] Handle key_handle(unsigned slot) const noexcept { return key_base + slot; }
    [[nodiscard]] Handle nv_index(unsigned slot) const noexcept { return nv_base + slot; }
};

}  // namespace device_agent::tpm
