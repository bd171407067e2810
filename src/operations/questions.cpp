// SPDX-License-Identifier: Apache-2.0
// What the device holds, and what is still to do.
#include "operations/documents.hpp"
#include "operations/provisioning_run.hpp"
#include "operations/slot_report.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace device_agent::operations {
namespace {

// In words; empty when the device is provisioned.
std::vector<std::string> pending(const Device& device, const std::vector<identity::Slot>& slots) {
    std::vector<std::string> words;
    if (!device.configuration().connection_string.empty()) return words;
    if (device.configuration().uses_dps()) {
        ProvisioningRun run(device, {}, [](const std::string&) {});
        const auto plan = run.provisioner().look_and_plan();
        words = plan.obstacles;
        for (const auto& action : plan.actions)
            words.push_back(describe(action));
        return words;
    }
    for (const auto& slot : slots) {
        if (slot.state != identity::Slot::State::filled) {
            words.push_back("wait until slot " + std::to_string(slot.number) +
                            " is filled (dpsEnabled is false)");
        }
    }
    return words;
}

}  // namespace

nlohmann::json status(const Device& device) {
    const auto slots = device.store().look(device.slot_numbers());
    const auto to_do = pending(device, slots);
    nlohmann::json json{{"provisioned", to_do.empty()},
                        {"registrationId", nullptr},
                        {"pending", to_do},
                        {"slots", report(device, slots)},
                        {"daemon", nullptr}};
    if (device.attests()) json["registrationId"] = device.enrollment_info().registration_id;
    return json;
}

nlohmann::json list_slots(const Device& device) {
    return {{"slots", report(device, device.store().look(device.slot_numbers()), true)}};
}

nlohmann::json show_slot(const Device& device, unsigned slot) {
    return report(device, device.store().look(std::array{slot}).front(), true);
}

}  // namespace device_agent::operations
