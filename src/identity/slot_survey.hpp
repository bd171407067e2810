// SPDX-License-Identifier: Apache-2.0
// What the slots of a TPM and of the state directory hold, seen in one TPM sequence.
#pragma once

#include "identity/slot_store.hpp"
#include "identity/staged_contents.hpp"
#include "tpm/slot_layout.hpp"

#include <filesystem>
#include <optional>
#include <set>

namespace device_agent::identity {

class SlotSurvey {
public:
    /// Lists the handles in use; everything it is given outlives it. `certificate_slot` is the slot, if any,
    /// whose identity a certificate proves: it is whole without a key.
    SlotSurvey(tpm::Sequence& sequence, const tpm::SlotLayout& layout,
               std::optional<unsigned> certificate_slot, const std::filesystem::path& directory,
               const StagedContents& staged);

    [[nodiscard]] Slot look(unsigned number);
    /// The slots that hold anything, or for which something is staged.
    [[nodiscard]] std::set<unsigned> in_use() const;

private:
    [[nodiscard]] Slot look_in_tpm(unsigned number) const;
    [[nodiscard]] Slot look_at_file(unsigned number);
    [[nodiscard]] bool is_of_use(const SlotProof& proof);

    tpm::Sequence& sequence_;
    const tpm::SlotLayout& layout_;
    std::optional<unsigned> certificate_slot_;
    const std::filesystem::path& directory_;
    const StagedContents& staged_;
    std::set<tpm::Handle> keys_;
    std::set<tpm::Handle> texts_;
    std::optional<Bytes> parent_;  // name of this TPM's storage root key, once it was needed
};

}  // namespace device_agent::identity
