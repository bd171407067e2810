// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "device.hpp"
#include "foundation/error.hpp"
#include "slot_report.hpp"

#include <nlohmann/json.hpp>

#include <iostream>

namespace device_agent::app {
namespace {

bool confirmed() {
    std::cout << "Erase all of this? Type yes: " << std::flush;
    std::string answer;
    return std::getline(std::cin, answer) && answer == "yes";
}

int run(const Invocation& invocation, bool yes) {
    const auto device = open_device(invocation.config_file, invocation.stop);
    device->lock_for_change(device->context(std::chrono::seconds{60}));
    const auto reports = report_all_slots(*device);
    if (!invocation.json) {
        print_slots(std::cout, reports, false);
        std::cout << "\nThese slots and " << device->configuration().state_directory.string()
                  << " will be erased. The hub and the DPS enrollment are left as they are.\n";
    }
    if (!yes && (invocation.json || !confirmed())) {
        throw Error(ErrorCode::usage, "nothing was erased: it was not confirmed (--yes confirms beforehand)");
    }
    auto erased = nlohmann::json::array();
    for (const auto& report : reports) {
        if (report.slot.state == identity::Slot::State::foreign) continue;
        device->store().erase(report.slot.number);
        erased.push_back(report.slot.number);
        if (!invocation.json) std::cout << "  - erased slot " << report.slot.number << std::endl;
    }
    device->erase_state();
    if (invocation.json) std::cout << nlohmann::json{{"erased", erased}}.dump(2) << std::endl;
    return 0;
}

}  // namespace

void add_decommission(CLI::App& program, Invocation& invocation) {
    auto* command = program.add_subcommand("decommission",
                                           "Erase every slot and the state directory; the hub is left alone");
    const auto yes = std::make_shared<bool>(false);
    command->add_flag("--yes", *yes, "Do not ask");
    command->callback(
        [&invocation, yes] { invocation.run = [&invocation, yes] { return run(invocation, *yes); }; });
}

}  // namespace device_agent::app
