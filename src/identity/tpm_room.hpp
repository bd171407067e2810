// SPDX-License-Identifier: Apache-2.0
// Whether the keys of slots still fit into the TPM: it guarantees no more than 7 persistent objects.
#pragma once

#include "tpm/slot_layout.hpp"

#include <span>

namespace device_agent::identity {

/// Throws Error{tpm} that names the number that fits, where the TPM has no room for the keys of these slots and
/// for the primary keys that are still missing. Nothing moves to the disk in silence, and what cannot end well
/// is not begun.
void require_room_in_tpm(tpm::Sequence& sequence, const tpm::SlotLayout& layout,
                         std::span<const unsigned> slots);

}  // namespace device_agent::identity
