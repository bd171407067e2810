// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "emulator/enroll.hpp"

#include <iostream>
#include <iterator>
#include <memory>

namespace iot_emulator {
namespace {

void print(const nlohmann::json& enrollments) {
    for (const auto& enrollment : enrollments) {
        std::cout << (enrollment.at("created") ? "enrolled " : "updated ")
                  << enrollment.at("registrationId").get<std::string>() << " as device "
                  << enrollment.at("deviceId").get<std::string>() << " at "
                  << enrollment.value("iotHubHostName", "the first hub") << '\n';
    }
}

}  // namespace

void add_enroll_command(CLI::App& program) {
    struct Options {
        emulator::EnrollOptions enroll;
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    auto* command =
        program.add_subcommand("enroll", "Enroll the devices whose enrollment-info is on standard input");
    command->add_option("--data", options->enroll.data, "Directory of the running emulator")
        ->required()
        ->type_name("DIR");
    command->add_option("--device-id", options->enroll.device_id, "Device id (default: the registration id)")
        ->type_name("ID");
    command
        ->add_option("--hub", options->enroll.hub,
                     "The hub that the device is assigned to (default: the first one)")
        ->type_name("NAME");
    command->add_flag("--json", options->json, "Print the enrollments as JSON");
    command->footer(
        "Standard input is what \"device-agent enrollment-info --format json\" prints:\n"
        "  [{\"registrationId\": \"...\", \"attestation\": {\"type\": \"tpm\", \"tpm\": {\"endorsementKey\": "
        "\"...\"}}}]\n"
        "An enrollment that exists is updated; another --hub moves the device when it registers again.");
    command->callback([options] {
        const std::string input{std::istreambuf_iterator<char>(std::cin), {}};
        const auto enrollments = emulator::enroll(options->enroll, input);
        if (options->json) {
            std::cout << enrollments.dump(2) << '\n';
        } else {
            print(enrollments);
        }
    });
}

}  // namespace iot_emulator
