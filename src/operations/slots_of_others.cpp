// SPDX-License-Identifier: Apache-2.0
#include "operations/slots_of_others.hpp"

#include <array>

namespace device_agent::operations {

std::vector<std::string> finish_staged(const Device& device) {
    std::vector<std::string> steps;
    for (const auto& slot : device.store().look(device.slot_numbers())) {
        if (!slot.staged || slot.state == identity::Slot::State::foreign) continue;
        device.store().finish(std::array{slot.number});
        steps.push_back("slot " + std::to_string(slot.number) + " holds " + slot.staged->text());
    }
    return steps;
}

std::vector<unsigned> empty_slots(const Device& device) {
    std::vector<unsigned> numbers;
    for (const auto& slot : device.store().look(device.slot_numbers())) {
        if (slot.state != identity::Slot::State::filled) numbers.push_back(slot.number);
    }
    return numbers;
}

}  // namespace device_agent::operations
