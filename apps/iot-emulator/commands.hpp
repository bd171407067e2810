// SPDX-License-Identifier: Apache-2.0
// Each subcommand adds itself to the program; its callback throws device_agent::Error.
#pragma once

#include <CLI/CLI.hpp>

namespace iot_emulator {

void add_run_command(CLI::App& program);
void add_enroll_command(CLI::App& program);
void add_page_command(CLI::App& program);

}  // namespace iot_emulator
