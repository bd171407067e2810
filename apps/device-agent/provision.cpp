// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "foundation/error.hpp"
#include "operations/device.hpp"
#include "slot_table.hpp"

#include <iostream>

namespace device_agent::app {
namespace {

using operations::Operation;

struct Options {
    Operation operation;
    unsigned timeout = 600;
};

void print_plan(const std::vector<std::string>& plan, const std::vector<std::string>& obstacles,
                bool dry_run) {
    if (plan.empty()) {
        std::cout << "Nothing to do: every slot holds what the configuration wants." << std::endl;
    } else {
        std::cout << "Plan:\n";
        for (std::size_t i = 0; i < plan.size(); ++i)
            std::cout << "  " << i + 1 << ". " << plan[i] << "\n";
        std::cout << std::flush;
    }
    for (const auto& obstacle : obstacles)
        std::cout << "  ! " << obstacle << std::endl;
    if (!dry_run && !plan.empty()) std::cout << "Steps:" << std::endl;
}

void print_result(const nlohmann::json& result) {
    if (result.contains("slots")) {
        std::cout << "\n";
        print_slots(std::cout, result["slots"], false);
        return;
    }
    for (const auto& step : result["steps"])  // connectionString is set: nothing is done
        std::cout << step.get<std::string>() << std::endl;
}

// dpsEnabled is false, and somebody else has not filled these slots yet.
void require_none(const nlohmann::json& missing) {
    std::string slots;
    for (const auto& slot : missing)
        slots += (slots.empty() ? "" : ", ") + slot.dump();
    if (slots.empty()) return;
    throw Error(
        ErrorCode::not_provisioned,
        "dpsEnabled is false, and nobody has filled slot " + slots +
            " yet: fill it (`device-agent slot store`), or let the agent do it by \"dpsEnabled\": true");
}

int run(const Invocation& invocation, const Options& options) {
    auto operation = options.operation;
    operation.time_limit = std::chrono::seconds(options.timeout);
    auto configuration = load_configuration(invocation);
    operations::log_warnings(configuration);
    const auto agent = operations::open_agent(std::move(configuration), invocation.stop);
    operations::Observer observer;
    if (!invocation.json) {
        observer.planned = [&](const auto& plan, const auto& obstacles) {
            print_plan(plan, obstacles, operation.dry_run);
        };
        observer.step = [](const std::string& step) { std::cout << "  - " << step << std::endl; };
    }
    const auto result = ask(invocation, *agent, operation, observer);
    if (!invocation.json) print_result(result);
    require_none(result.value("missing", nlohmann::json::array()));
    return 0;
}

void add_options(CLI::App& command, Invocation& invocation, const std::shared_ptr<Options>& options) {
    command.add_flag("--dry-run", options->operation.dry_run, "Print the plan and change nothing");
    command.add_flag("--verify", options->operation.verify,
                     "Also ask the hub whether it still has the device, the modules and their keys");
    command.add_flag("--prune", options->operation.prune,
                     "Remove modules that this agent created and that are no longer configured");
    command.add_option("--timeout", options->timeout, "Give up after so many seconds; 0: never")
        ->capture_default_str()
        ->type_name("S");
    command.callback([&invocation, options] {
        invocation.run = [&invocation, options] { return run(invocation, *options); };
    });
}

}  // namespace

void add_provision(CLI::App& program, Invocation& invocation) {
    auto* command = program.add_subcommand(
        "provision", "Get every identity that the configuration names, and keep each in its slot");
    command->footer(
        "\nPrints the plan, then each step when it is done. When everything is in place already, it does\n"
        "nothing and calls no service. It may be stopped at any time and run again.");
    const auto options = std::make_shared<Options>();
    options->operation.kind = Operation::Kind::provision;
    add_options(*command, invocation, options);
}

void add_reprovision(CLI::App& program, Invocation& invocation) {
    auto* command =
        program.add_subcommand("reprovision", "Register with DPS again, even though the slots are good");
    command->footer(
        "\nFor a device that was moved to another hub. What the slots hold stays in use until its\n"
        "replacement is in hand.");
    const auto options = std::make_shared<Options>();
    options->operation.kind = Operation::Kind::reprovision;
    add_options(*command, invocation, options);
}

}  // namespace device_agent::app
