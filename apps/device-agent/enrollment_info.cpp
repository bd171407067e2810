// SPDX-License-Identifier: Apache-2.0
#include "attestation/enrollment_info.hpp"

#include "command.hpp"
#include "foundation/encoding.hpp"
#include "operations/attesting.hpp"
#include "qr_code.hpp"

#include <iostream>

namespace device_agent::app {
namespace {

// What only the TPM can tell is asked of whoever works on it; the rest is in files.
attestation::EnrollmentInfo obtain(const Invocation& invocation) {
    auto configuration = load_configuration(invocation);
    if (configuration.attestation.type != config::AttestationType::tpm)
        return operations::enrollment_info(configuration, nullptr);
    const auto agent = operations::open_agent(std::move(configuration), invocation.stop);
    const auto text = agent->perform({.kind = operations::Operation::Kind::enrollment_info}, {});
    const auto enrollment = nlohmann::json::parse(text.view()).at(0);
    const auto& key = enrollment["attestation"]["tpm"]["endorsementKey"].get_ref<const std::string&>();
    return {enrollment["registrationId"].get<std::string>(), base64_decode(key).value_or(Bytes{})};
}

int run(const Invocation& invocation, const std::string& format) {
    const auto info = obtain(invocation);
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
