// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "emulator/instance/description.hpp"
#include "emulator/page/page.hpp"
#include "foundation/error.hpp"

#include <iostream>
#include <memory>

namespace iot_emulator {

void add_page_command(CLI::App& program) {
    auto data = std::make_shared<std::filesystem::path>();
    auto* command = program.add_subcommand("page", "Print the link to the emulator's web page");
    command->add_option("--data", *data, "Directory of the running emulator")->required()->type_name("DIR");
    command->footer(
        "The link holds the control token: who has it may change everything in this emulator. The page's\n"
        "certificate is made by the emulator's own authority, DIR/ca.pem; a browser asks before it trusts "
        "it.");
    command->callback([data] {
        const auto description = emulator::instance::read_description(*data);
        if (!description) {
            throw device_agent::Error(device_agent::ErrorCode::state,
                                      "there is no emulator.json in " + data->string() +
                                          ": start the emulator with `iot-emulator run --data " +
                                          data->string() + "`");
        }
        std::cout << emulator::page::link(description->control_url, description->control_token) << std::endl;
    });
}

}  // namespace iot_emulator
