// SPDX-License-Identifier: Apache-2.0
#include "operations/documents.hpp"
#include "operations/slot_report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace device_agent::operations {
namespace {

nlohmann::json numbers_of(const std::vector<identity::Slot>& slots) {
    auto numbers = nlohmann::json::array();
    for (const auto& slot : slots)
        numbers.push_back(slot.number);
    return numbers;
}

}  // namespace

nlohmann::json decommission(const Device& device, bool dry_run, const Observer& observer) {
    auto ours = device.store().look_everywhere({});
    const auto is_ours = [](const identity::Slot& slot) {
        return slot.state != identity::Slot::State::foreign;
    };
    const auto border = std::stable_partition(ours.begin(), ours.end(), is_ours);
    const std::vector<identity::Slot> foreign(border, ours.end());
    ours.erase(border, ours.end());
    if (dry_run) return {{"wouldErase", report(device, ours)}, {"foreign", report(device, foreign)}};

    device.machine().require_erasable_state();
    for (const auto& slot : ours) {
        device.store().erase(slot.number);
        if (observer.step) observer.step("erased slot " + std::to_string(slot.number));
    }
    device.machine().erase_state();
    return {{"erased", numbers_of(ours)}, {"foreign", numbers_of(foreign)}};
}

}  // namespace device_agent::operations
