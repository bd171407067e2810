// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "emulator/run.hpp"

#include <iostream>
#include <memory>

namespace iot_emulator {

void add_run_command(CLI::App& program) {
    auto options = std::make_shared<emulator::RunOptions>();
    auto* command =
        program.add_subcommand("run", "Serve until SIGTERM or SIGINT; READY on a line says that it does");
    command
        ->add_option("--data", options->data,
                     "Directory of certificates, state and emulator.json; made when absent")
        ->required()
        ->type_name("DIR");
    command->add_flag("--memory", options->memory, "Keep devices and enrollments in memory only");
    command->add_option("--listen", options->listen, "IP address to serve on (default: 127.0.0.1 and ::1)")
        ->type_name("ADDR");
    command
        ->add_option("--https-port", options->https_port,
                     "0 for any free one (default: 443 if permitted, else 8443)")
        ->type_name("PORT");
    command
        ->add_option("--mqtt-port", options->mqtt_port, "Port of MQTT; 0 takes any free one (default: 8883)")
        ->type_name("PORT");
    command
        ->add_option(
            "--hub", options->hubs,
            "Name of a hub, repeatable: localhost, a name under .localhost or .test, or a loopback address\n"
            "(default: localhost and 127.0.0.1). New names need a new DIR: its certificate is for the old "
            "ones")
        ->take_all()
        ->type_name("NAME");
    command->footer(
        "DIR/emulator.json tells clients where to go: dpsUri, idScope, hubs, caFile, httpsPort, mqttPort,\n"
        "dpsServiceConnectionString, hubServiceConnectionStrings, controlUrl and controlToken.\n"
        "It and the keys in DIR are for their owner alone.");
    command->callback([options] { emulator::run(*options, std::cout); });
}

}  // namespace iot_emulator
