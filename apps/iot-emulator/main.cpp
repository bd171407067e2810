// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "foundation/error.hpp"

#include <exception>
#include <iostream>

namespace {

// CLI11 first asks for a subcommand, and would not name the word that it did not know.
int explain_usage(const CLI::App& program, const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error);  // --help, --version
    const auto words = program.remaining();
    if (program.get_subcommands().empty() && !words.empty()) {
        std::cerr << "iot-emulator: '" << words.front() << "' is not known here\n"
                  << "Run with --help for more information.\n";
    } else {
        program.exit(error);
    }
    return device_agent::translate(device_agent::ErrorCode::usage).exit_code;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App program("A local emulator of the Azure IoT Hub Device Provisioning Service and IoT Hub.",
                     "iot-emulator");
    program.set_version_flag("--version", EMULATOR_VERSION);
    program.require_subcommand(1);
    program.footer(
        "Exit codes: 0 done, 1 failed, 2 wrong usage, 5 refused by the emulator, 6 no emulator answers.\n\n"
        "A first try:\n"
        "  iot-emulator run --data ./emulator &\n"
        "  device-agent enrollment-info --format json | iot-emulator enroll --data ./emulator\n"
        "  iot-emulator page --data ./emulator");
    iot_emulator::add_run_command(program);
    iot_emulator::add_enroll_command(program);
    iot_emulator::add_page_command(program);
    try {
        program.parse(argc, argv);
        return 0;
    } catch (const CLI::ParseError& error) {
        return explain_usage(program, error);
    } catch (const device_agent::Error& error) {
        std::cerr << "iot-emulator: " << device_agent::explain(error) << '\n';
        return device_agent::translate(error.code()).exit_code;
    } catch (const std::exception& error) {
        std::cerr << "iot-emulator: " << error.what() << '\n';
        return 1;
    }
}
