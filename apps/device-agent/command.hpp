// SPDX-License-Identifier: Apache-2.0
// What every subcommand shares: the options that stand on all of them, and how it is run.
#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <functional>
#include <stop_token>

namespace device_agent::app {

struct Invocation {
    std::filesystem::path config_file;
    bool json = false;
    std::stop_token stop;
    /// Set by the chosen subcommand; returns the exit code. Errors are thrown and become one in main().
    std::function<int()> run;
};

// One function a subcommand, in the file of its name. `invocation` outlives `program`.
void add_provision(CLI::App& program, Invocation& invocation);
void add_reprovision(CLI::App& program, Invocation& invocation);
void add_decommission(CLI::App& program, Invocation& invocation);
void add_status(CLI::App& program, Invocation& invocation);
void add_enrollment_info(CLI::App& program, Invocation& invocation);
void add_slot(CLI::App& program, Invocation& invocation);
/// Below `slot`: store and erase.
void add_slot_store(CLI::App& slot, Invocation& invocation);
void add_config(CLI::App& program, Invocation& invocation);

}  // namespace device_agent::app
