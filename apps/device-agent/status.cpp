// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "foundation/error.hpp"
#include "operations/device.hpp"
#include "slot_table.hpp"

#include <iostream>

namespace device_agent::app {
namespace {

void print_daemon(const nlohmann::json& daemon) {
    if (!daemon.is_object()) return;
    std::cout << "daemon: " << daemon.value("state", "") << " since " << daemon.value("since", "");
    if (daemon["nextAttempt"].is_string())
        std::cout << ", next attempt " << daemon["nextAttempt"].get<std::string>();
    std::cout << "\n";
    if (daemon["lastError"].is_string()) std::cout << "  " << daemon["lastError"].get<std::string>() << "\n";
}

void print(const nlohmann::json& status) {
    const auto& id = status["registrationId"];
    std::cout << (status["provisioned"].get<bool>() ? "provisioned" : "not provisioned")
              << " (registration id " << (id.is_string() ? id.get<std::string>() : "none") << ")\n";
    print_daemon(status["daemon"]);
    std::cout << "\n";
    print_slots(std::cout, status["slots"], false);
    if (!status["pending"].empty()) std::cout << "\nStill to do (`device-agent provision`):\n";
    for (const auto& line : status["pending"])
        std::cout << "  - " << line.get<std::string>() << "\n";
}

int run(const Invocation& invocation) {
    auto configuration = load_configuration(invocation);
    operations::log_warnings(configuration);
    const auto agent = operations::open_agent(std::move(configuration), invocation.stop);
    const auto status = ask(invocation, *agent, {.kind = operations::Operation::Kind::status});
    if (!invocation.json) print(status);
    return status["provisioned"].get<bool>() ? 0 : translate(ErrorCode::not_provisioned).exit_code;
}

}  // namespace

void add_status(CLI::App& program, Invocation& invocation) {
    auto* command = program.add_subcommand(
        "status", "Is this device provisioned, and what is still to do (exit code 4 if it is not)");
    command->callback([&invocation] { invocation.run = [&invocation] { return run(invocation); }; });
}

}  // namespace device_agent::app
