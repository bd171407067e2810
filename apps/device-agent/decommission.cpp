// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "device.hpp"
#include "foundation/error.hpp"
#include "slot_report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace device_agent::app {
namespace {

struct Findings {
    std::vector<SlotReport> ours;
    std::vector<SlotReport> foreign;
};

Findings look(Device& device) {
    Findings found;
    for (auto& report : report_all_slots(device)) {
        const bool foreign = report.slot.state == identity::Slot::State::foreign;
        (foreign ? found.foreign : found.ours).push_back(std::move(report));
    }
    return found;
}

void print(const Findings& found, const std::filesystem::path& state_directory) {
    if (!found.ours.empty()) {
        print_slots(std::cout, found.ours, false);
        std::cout << "\nThese slots and the agent's files in " << state_directory.string() << " will be erased.";
    } else {
        std::cout << "No slot holds anything of ours. The agent's files in " << state_directory.string()
                  << " will be erased.";
    }
    std::cout << " The hub and the DPS enrollment are left as they are.\n";
    for (const auto& report : found.foreign) {
        std::cout << "slot " << report.slot.number << " is left as it is: " << report.slot.remark << "\n";
    }
}

bool confirmed() {
    std::cout << "Erase all of this? Type yes: " << std::flush;
    std::string answer;
    return std::getline(std::cin, answer) && answer == "yes";
}

nlohmann::json numbers_of(const std::vector<SlotReport>& reports) {
    auto numbers = nlohmann::json::array();
    for (const auto& report : reports)
        numbers.push_back(report.slot.number);
    return numbers;
}

int run(const Invocation& invocation, bool yes) {
    const auto device = open_device(invocation.config_file, invocation.stop);
    device->lock();
    const auto found = look(*device);
    if (!invocation.json) print(found, device->configuration().state_directory);
    if (!yes && (invocation.json || !confirmed())) {
        throw Error(ErrorCode::usage, "nothing was erased: it was not confirmed (--yes confirms beforehand)");
    }
    device->require_erasable_state();
    for (const auto& report : found.ours) {
        device->store().erase(report.slot.number);
        if (!invocation.json) std::cout << "  - erased slot " << report.slot.number << std::endl;
    }
    device->erase_state();
    if (invocation.json) {
        std::cout << nlohmann::json{{"erased", numbers_of(found.ours)},
                                    {"foreign", numbers_of(found.foreign)}}
                         .dump(2)
                  << std::endl;
    }
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
