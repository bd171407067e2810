// SPDX-License-Identifier: Apache-2.0
// What a slot holds, for people and for programs.
#pragma once

#include "device.hpp"

#include <nlohmann/json_fwd.hpp>

#include <iosfwd>
#include <vector>

namespace device_agent::app {

struct SlotReport {
    identity::Slot slot;
    std::string purpose;
    std::optional<WallTime>
        token_valid_until;  ///< of a token that was minted for this report and thrown away
};

/// Looks at the slots; `with_tokens` has each key sign, which also shows that it works.
[[nodiscard]] std::vector<SlotReport> report_slots(Device& device, const std::vector<unsigned>& slots,
                                                   bool with_tokens);

/// Every slot that holds something, also those that the configuration no longer names.
[[nodiscard]] std::vector<SlotReport> report_all_slots(Device& device);

[[nodiscard]] nlohmann::json to_json(const SlotReport& report);
void print_slots(std::ostream& out, const std::vector<SlotReport>& reports, bool with_tokens);

}  // namespace device_agent::app
