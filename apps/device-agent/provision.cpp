// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "device.hpp"
#include "foundation/error.hpp"
#include "slot_report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iostream>

namespace device_agent::app {
namespace {

struct Options {
    bool dry_run = false;
    Device::Wishes wishes;
    unsigned timeout = 600;
};

std::vector<std::string> lines_of(const provisioning::Plan& plan) {
    std::vector<std::string> lines;
    for (const auto& action : plan.actions)
        lines.push_back(describe(action));
    return lines;
}

void print_plan(const std::vector<std::string>& lines) {
    if (lines.empty()) {
        std::cout << "Nothing to do: every slot holds what the configuration wants." << std::endl;
        return;
    }
    std::cout << "Plan:\n";
    for (std::size_t i = 0; i < lines.size(); ++i)
        std::cout << "  " << i + 1 << ". " << lines[i] << "\n";
    std::cout << std::flush;
}

void print_result(Device& device, bool json, nlohmann::json result) {
    const auto reports = report_slots(device, device.slot_numbers(), false);
    if (json) {
        result["slots"] = nlohmann::json::array();
        for (const auto& report : reports)
            result["slots"].push_back(to_json(report));
        std::cout << result.dump(2) << std::endl;
    } else {
        std::cout << "\n";
        print_slots(std::cout, reports, false);
    }
}

int provision_by_dps(Device& device, const Options& options, bool json) {
    const auto context = device.context(std::chrono::seconds(options.timeout));
    if (options.dry_run) {
        device.lock();
    } else {
        device.lock_for_change(context);
    }
    auto steps = nlohmann::json::array();
    auto provisioner = device.provisioner(options.wishes, [&](const std::string& step) {
        steps.push_back(step);
        if (!json) std::cout << "  - " << step << std::endl;
    });
    const auto plan = provisioner.look_and_plan();
    const auto lines = lines_of(plan);
    if (!json) {
        print_plan(lines);
        for (const auto& obstacle : plan.obstacles)
            std::cout << "  ! " << obstacle << std::endl;
        if (!options.dry_run && !lines.empty()) std::cout << "Steps:" << std::endl;
    }
    if (!options.dry_run) provisioner.provision(context);
    print_result(device, json,
                 {{"provisioned", !options.dry_run || plan.empty()},
                  {"plan", lines},
                  {"obstacles", plan.obstacles},
                  {"steps", steps}});
    return 0;
}

// What an interrupted `slot store` left takes its slot now.
std::vector<std::string> finish_staged(Device& device) {
    std::vector<std::string> steps;
    for (const auto& slot : device.store().look(device.slot_numbers())) {
        if (!slot.staged || slot.state == identity::Slot::State::foreign) continue;
        device.store().finish(std::array{slot.number});
        steps.push_back("slot " + std::to_string(slot.number) + " holds " + slot.staged->text());
    }
    return steps;
}

// dpsEnabled is false: somebody else fills the slots.
int look_for_slots_of_others(Device& device, const Options& options, bool json) {
    device.lock();
    const auto steps = options.dry_run ? std::vector<std::string>{} : finish_staged(device);
    std::string missing;
    for (const auto& slot : device.store().look(device.slot_numbers())) {
        if (slot.state != identity::Slot::State::filled)
            missing += (missing.empty() ? "" : ", ") + std::to_string(slot.number);
    }
    print_result(device, json,
                 {{"provisioned", missing.empty()}, {"plan", nlohmann::json::array()}, {"steps", steps}});
    if (missing.empty()) return 0;
    throw Error(ErrorCode::not_provisioned,
                "dpsEnabled is false, and nobody has filled slot " + missing +
                    " yet: fill it (`device-agent slot store`), or let the agent do it by \"dpsEnabled\": true");
}

int run(const Invocation& invocation, const Options& options) {
    const auto device = open_device(invocation.config_file, invocation.stop);
    device->log_warnings();
    const auto& configuration = device->configuration();
    if (!configuration.connection_string.empty()) {
        const std::string words = "connectionString is set (development): DPS and the slots are left alone";
        if (invocation.json) {
            std::cout << nlohmann::json{{"provisioned", true},
                                        {"plan", nlohmann::json::array()},
                                        {"steps", {words}}}
                             .dump(2)
                      << std::endl;
        } else {
            std::cout << words << std::endl;
        }
        return 0;
    }
    return configuration.uses_dps() ? provision_by_dps(*device, options, invocation.json)
                                    : look_for_slots_of_others(*device, options, invocation.json);
}

void add_options(CLI::App& command, Invocation& invocation, const std::shared_ptr<Options>& options) {
    command.add_flag("--dry-run", options->dry_run, "Print the plan and change nothing");
    command.add_flag("--verify", options->wishes.verify,
                     "Also ask the hub whether it still has the device, the modules and their keys");
    command.add_flag("--prune", options->wishes.prune,
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
    add_options(*command, invocation, std::make_shared<Options>());
}

void add_reprovision(CLI::App& program, Invocation& invocation) {
    auto* command =
        program.add_subcommand("reprovision", "Register with DPS again, even though the slots are good");
    command->footer(
        "\nFor a device that was moved to another hub. What the slots hold stays in use until its\n"
        "replacement is in hand.");
    const auto options = std::make_shared<Options>();
    options->wishes.register_anew = true;
    add_options(*command, invocation, options);
}

}  // namespace device_agent::app
