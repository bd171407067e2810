// SPDX-License-Identifier: Apache-2.0
// What waits to take a slot: the files `slot-N.next`, or memory while nothing can be written.
#pragma once

#include "identity/slot_file.hpp"

#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace device_agent::identity {

class StagedContents {
public:
    explicit StagedContents(std::filesystem::path state_directory) : directory_(std::move(state_directory)) {}

    /// All or none. Where the state directory cannot be written, contents whose slots all pass
    /// `may_stay_in_memory` are kept in memory, with a warning; otherwise its Error{state} is thrown and
    /// nothing is kept.
    void put(std::map<unsigned, SlotFile> contents, const std::function<bool(unsigned)>& may_stay_in_memory);

    [[nodiscard]] std::optional<SlotFile> get(unsigned slot) const;
    [[nodiscard]] std::vector<unsigned> slots() const;
    void remove(unsigned slot);

private:
    std::filesystem::path directory_;
    std::map<unsigned, SlotFile> in_memory_;
};

}  // namespace device_agent::identity
