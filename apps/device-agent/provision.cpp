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

struct Options {
    bool dry_run = false;
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
    auto provisioner = device.provisioner([&](const std::string& step) {
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

// dpsEnabled is false: somebody else fills the slots.
int look_for_slots_of_others(Device& device, bool json) {
    device.lock();
    const auto slots = device.store().look(device.slot_numbers());
    std::string missing;
    for (const auto& slot : slots) {
        if (slot.state != identity::Slot::State::filled)
            missing += (missing.empty() ? "" : ", ") + std::to_string(slot.number);
    }
    print_result(device, json,
                 {{"provisioned", missing.empty()},
                  {"plan", nlohmann::json::array()},
                  {"steps", nlohmann::json::array()}});
    if (missing.empty()) return 0;
    throw Error(ErrorCode::not_provisioned,
                "dpsEnabled is false, and nobody has filled slot " + missing +
                    " yet: fill it, or let the agent do it by \"dpsEnabled\": true");
}

int run(const Invocation& invocation, const Options& options) {
    const auto device = open_device(invocation.config_file, invocation.stop);
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
                                    : look_for_slots_of_others(*device, invocation.json);
}

}  // namespace

void add_provision(CLI::App& program, Invocation& invocation) {
    auto* command = program.add_subcommand(
        "provision", "Get every identity that the configuration names, and keep each in its slot");
    command->footer(
        "\nPrints the plan, then each step when it is done. When everything is in place already, it does "
        "nothing and calls no\n"
        "service. It may be stopped at any time and run again.");
    const auto options = std::make_shared<Options>();
    command->add_flag("--dry-run", options->dry_run, "Print the plan and change nothing");
    command->add_option("--timeout", options->timeout, "Give up after so many seconds; 0: never")
        ->capture_default_str()
        ->type_name("S");
    command->callback([&invocation, options] {
        invocation.run = [&invocation, options] { return run(invocation, *options); };
    });
}

}  // namespace device_agent::app
