// SPDX-License-Identifier: Apache-2.0
#include "identity/tpm_room.hpp"

#include "foundation/error.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace device_agent::identity {
namespace {

/// Those whose keys need a persistent object that is not there yet, in order.
std::vector<unsigned> without_object(tpm::Sequence& sequence, const tpm::SlotLayout& layout,
                                     std::span<const unsigned> slots) {
    const auto used = sequence.handles_in_use(layout.key_base, layout.persistent_slots);
    std::vector<unsigned> result;
    for (const auto slot : slots) {
        if (layout.is_persistent(slot) && std::ranges::find(used, layout.key_handle(slot)) == used.end())
            result.push_back(slot);
    }
    std::ranges::sort(result);
    return result;
}

std::size_t missing_primary_keys(tpm::Sequence& sequence) {
    return (sequence.name_of(tpm::endorsement_key_handle) ? 0U : 1U) +
           (sequence.name_of(tpm::storage_root_key_handle) ? 0U : 1U);
}

}  // namespace

void require_room_in_tpm(tpm::Sequence& sequence, const tpm::SlotLayout& layout,
                         std::span<const unsigned> slots) {
    constexpr std::size_t primary_keys = 2;
    const auto room = sequence.persistent_room();
    if (!room || *room >= slots.size() + primary_keys) return;
    const auto keys = without_object(sequence, layout, slots);
    const auto primary = missing_primary_keys(sequence);
    if (*room >= keys.size() + primary) return;

    std::string advice = "remove objects that nothing uses (tpm2_getcap handles-persistent)";
    if (*room >= primary && !keys.empty()) {
        advice = "set tpm.persistentSlots to " + std::to_string(keys[*room - primary]) +
                 ", so that this slot and those above it are files that only this TPM can load, or " + advice;
    }
    throw Error(ErrorCode::tpm, "the TPM has room for " + std::to_string(*room) +
                                    " more persistent objects, and " + std::to_string(keys.size() + primary) +
                                    " are needed (" + std::to_string(keys.size()) + " keys of slots, " +
                                    std::to_string(primary) + " primary keys); " + advice +
                                    ". Nothing was changed");
}

}  // namespace device_agent::identity
