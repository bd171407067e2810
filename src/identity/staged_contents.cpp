// SPDX-License-Identifier: Apache-2.0
#include "identity/staged_contents.hpp"

#include "foundation/durable_file.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"
#include "tpm/slot_layout.hpp"

#include <algorithm>

namespace device_agent::identity {

void StagedContents::put(std::map<unsigned, SlotFile> contents,
                         const std::function<bool(unsigned)>& may_stay_in_memory) {
    std::vector<unsigned> written;
    try {
        for (const auto& [slot, content] : contents) {
            write_slot_file(staged_path(directory_, slot), content);
            written.push_back(slot);
        }
    } catch (const Error& error) {
        for (const auto slot : written) {
            std::error_code ignored;  // the folder that just refused to be written may refuse this too: it is
                                      // finished later
            std::filesystem::remove(staged_path(directory_, slot), ignored);
        }
        const bool all_may =
            std::ranges::all_of(contents, [&](const auto& entry) { return may_stay_in_memory(entry.first); });
        if (error.code() != ErrorCode::state || !all_may) throw;
        log::warning(
            "the state directory cannot be written: the empty slots in the TPM are filled without it",
            {{"reason", explain(error)}});
        in_memory_.merge(contents);
    }
}

std::optional<SlotFile> StagedContents::get(unsigned slot) const {
    if (const auto at = in_memory_.find(slot); at != in_memory_.end()) return at->second;
    return read_slot_file(staged_path(directory_, slot));
}

std::vector<unsigned> StagedContents::slots() const {
    std::vector<unsigned> found;
    for (unsigned slot = 0; slot <= tpm::last_slot; ++slot) {
        if (in_memory_.contains(slot) || std::filesystem::exists(staged_path(directory_, slot)))
            found.push_back(slot);
    }
    return found;
}

void StagedContents::remove(unsigned slot) {
    if (in_memory_.erase(slot) == 0) remove_durably(staged_path(directory_, slot));
}

}  // namespace device_agent::identity
