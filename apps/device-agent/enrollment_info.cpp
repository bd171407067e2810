// SPDX-License-Identifier: Apache-2.0
#include "attestation/enrollment_info.hpp"

#include "command.hpp"
#include "device.hpp"
#include "qr_code.hpp"

#include <iostream>

namespace device_agent::app {
namespace {

int run(const Invocation& invocation, const std::string& format) {
    const auto device = open_device(invocation.config_file, invocation.stop);
    device->lock();
    const auto info = device->enrollment_info();
    if (invocation.json || format == "json") {
        std::cout << attestation::to_json(info);
    } else if (format == "csv") {
        std::cout << attestation::to_csv(info);
    } else if (format == "qr") {
        std::cout << qr_code(attestation::to_compact_json(info)) << "registration id " << info.registration_id
                  << "\n";
    } else {
        std::cout << attestation::to_text(info);
    }
    std::cout << std::flush;
    return 0;
}

}  // namespace

void add_enrollment_info(CLI::App& program, Invocation& invocation) {
    auto* command = program.add_subcommand("enrollment-info",
                                           "What to enroll in DPS so that this machine is known there");
    command->footer(
        "\njson is an array as the Azure service SDKs and `iot-emulator enroll` take it; qr holds the same "
        "for a scanner.\n"
        "Writes nothing: on a blank TPM the endorsement key is computed and not kept.");
    const auto format = std::make_shared<std::string>("txt");
    command->add_option("--format", *format, "txt, json, csv or qr")
        ->check(CLI::IsMember({"txt", "json", "csv", "qr"}))
        ->capture_default_str();
    command->callback([&invocation, format] {
        invocation.run = [&invocation, format] { return run(invocation, *format); };
    });
}

}  // namespace device_agent::app
