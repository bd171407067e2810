// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "device.hpp"
#include "foundation/error.hpp"
#include "slot_report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>

namespace device_agent::app {
namespace {

// What is still to do, in words; empty when the device is provisioned.
std::vector<std::string> pending(Device& device, const std::vector<SlotReport>& reports) {
    std::vector<std::string> words;
    if (!device.configuration().connection_string.empty()) return words;
    if (device.configuration().uses_dps()) {
        const auto plan = device.provisioner({}, [](const std::string&) {}).look_and_plan();
        words = plan.obstacles;
        for (const auto& action : plan.actions)
            words.push_back(describe(action));
        return words;
    }
    for (const auto& report : reports) {
        if (report.slot.state != identity::Slot::State::filled) {
            words.push_back("wait until slot " + std::to_string(report.slot.number) +
                            " is filled (dpsEnabled is false)");
        }
    }
    return words;
}

int run(const Invocation& invocation) {
    const auto device = open_device(invocation.config_file, invocation.stop);
    device->log_warnings();
    device->lock();
    const auto reports = report_slots(*device, device->slot_numbers(), false);
    const auto to_do = pending(*device, reports);
    const auto registration_id =
        device->attests() ? device->enrollment_info().registration_id : std::string();

    if (invocation.json) {
        nlohmann::json json{{"provisioned", to_do.empty()}, {"registrationId", nullptr}, {"pending", to_do}};
        if (!registration_id.empty()) json["registrationId"] = registration_id;
        json["slots"] = nlohmann::json::array();
        for (const auto& report : reports)
            json["slots"].push_back(to_json(report));
        std::cout << json.dump(2) << std::endl;
    } else {
        std::cout << (to_do.empty() ? "provisioned" : "not provisioned") << " (registration id "
                  << (registration_id.empty() ? "none" : registration_id) << ")\n\n";
        print_slots(std::cout, reports, false);
        if (!to_do.empty()) std::cout << "\nStill to do (`device-agent provision`):\n";
        for (const auto& line : to_do)
            std::cout << "  - " << line << "\n";
    }
    return to_do.empty() ? 0 : translate(ErrorCode::not_provisioned).exit_code;
}

}  // namespace

void add_status(CLI::App& program, Invocation& invocation) {
    auto* command = program.add_subcommand(
        "status", "Is this device provisioned, and what is still to do (exit code 4 if it is not)");
    command->callback([&invocation] { invocation.run = [&invocation] { return run(invocation); }; });
}

}  // namespace device_agent::app
