// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "emulator/enroll.hpp"

#include <iostream>
#include <iterator>
#include <memory>
#include <unistd.h>

namespace iot_emulator {
namespace {

void print(const nlohmann::json& enrollments) {
    for (const auto& enrollment : enrollments) {
        std::cout << (enrollment.at("created") ? "enrolled " : "updated ");
        if (enrollment.contains("registrationId")) {
            std::cout << enrollment.at("registrationId").get<std::string>() << " as device "
                      << enrollment.at("deviceId").get<std::string>();
        } else {
            std::cout << "group " << enrollment.at("enrollmentGroupId").get<std::string>();
        }
        std::cout << " at " << enrollment.value("iotHubHostName", "the first hub") << '\n';
        if (enrollment.contains("keyFile"))
            std::cout << "its key is in " << enrollment.at("keyFile").get<std::string>() << '\n';
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
    command
        ->add_option(
            "--key-file", options->enroll.key_file,
            "Symmetric key, in base64, of the device or the group (default: the one it has, or a new "
            "one, in DIR/keys)")
        ->type_name("FILE");
    command
        ->add_option("--group", options->enroll.group,
                     "Enroll a group of that name, in place of each device on standard input (which may be "
                     "empty)")
        ->type_name("NAME");
    command
        ->add_option(
            "--ca-file", options->enroll.ca_file,
            "With --group: the authority, in PEM, that signs the devices' certificates (default: the "
            "devices have keys derived from the group's)")
        ->type_name("FILE");
    command->add_flag("--json", options->json, "Print the enrollments as JSON");
    command->footer(
        "Standard input is what \"device-agent enrollment-info --format json\" prints:\n"
        "  [{\"registrationId\": \"...\", \"attestation\": {\"type\": \"tpm\", \"tpm\": {\"endorsementKey\": "
        "\"...\"}}}]\n"
        "or the same with {\"type\": \"x509\", ...} or {\"type\": \"symmetricKey\"}.\n"
        "An enrollment that exists is updated; another --hub moves the device when it registers again.");
    command->callback([options] {
        std::string input;
        // A group needs no device: nobody is made to end an input that they did not begin.
        if (!options->enroll.group || ::isatty(STDIN_FILENO) == 0)
            input.assign(std::istreambuf_iterator<char>(std::cin), {});
        const auto enrollments = emulator::enroll(options->enroll, input);
        if (options->json) {
            std::cout << enrollments.dump(2) << '\n';
        } else {
            print(enrollments);
        }
    });
}

}  // namespace iot_emulator
