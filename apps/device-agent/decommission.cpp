// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "foundation/error.hpp"
#include "slot_table.hpp"

#include <filesystem>
#include <iostream>

namespace device_agent::app {
namespace {

using operations::Operation;

void print(const nlohmann::json& found, const std::filesystem::path& state_directory) {
    if (!found["wouldErase"].empty()) {
        print_slots(std::cout, found["wouldErase"], false);
        std::cout << "\nThese slots and the agent's files in " << state_directory.string()
                  << " will be erased.";
    } else {
        std::cout << "No slot holds anything of ours. The agent's files in " << state_directory.string()
                  << " will be erased.";
    }
    std::cout << " The hub and the DPS enrollment are left as they are.\n";
    for (const auto& slot : found["foreign"]) {
        std::cout << "slot " << slot["slot"] << " is left as it is: " << slot.value("remark", "") << "\n";
    }
}

bool confirmed() {
    std::cout << "Erase all of this? Type yes: " << std::flush;
    std::string answer;
    return std::getline(std::cin, answer) && answer == "yes";
}

int run(const Invocation& invocation, bool yes) {
    auto configuration = load_configuration(invocation);
    const auto state_directory = configuration.state_directory;
    const auto agent = operations::open_agent(std::move(configuration), invocation.stop);
    if (!invocation.json) {
        const auto found = agent->perform({.kind = Operation::Kind::decommission, .dry_run = true}, {});
        print(nlohmann::json::parse(found.view()), state_directory);
    }
    if (!yes && (invocation.json || !confirmed())) {
        throw Error(ErrorCode::usage, "nothing was erased: it was not confirmed (--yes confirms beforehand)");
    }
    operations::Observer observer;
    if (!invocation.json)
        observer.step = [](const std::string& step) { std::cout << "  - " << step << std::endl; };
    static_cast<void>(ask(invocation, *agent, {.kind = Operation::Kind::decommission}, observer));
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
