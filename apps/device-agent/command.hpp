// SPDX-License-Identifier: Apache-2.0
// What every subcommand shares: the options that stand on all of them, and how it is run.
#pragma once

#include "config/configuration.hpp"
#include "foundation/logging.hpp"
#include "operations/agent.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace device_agent::app {

class StopSignal;

struct Invocation {
    std::filesystem::path config_file;
    bool json = false;
    StopSignal* signals = nullptr;
    std::vector<std::string> command;  ///< what stands behind `--`, word for word
    std::stop_token stop;
    /// Set by the chosen subcommand; without --verbose.
    log::Level log_level = log::Level::warning;
    /// Set by the chosen subcommand; returns the exit code. Errors are thrown and become one in main().
    std::function<int()> run;
};

/// The configuration. While the daemon runs it is the daemon that needs the files named there: whoever asks
/// it may have no right to them.
[[nodiscard]] config::Configuration load_configuration(const Invocation& invocation);

/// Has the operation done by whoever works on this device, and prints its document with --json. Returns it
/// for printing otherwise, and for the exit code.
[[nodiscard]] nlohmann::json ask(const Invocation& invocation, operations::Agent& agent,
                                 const operations::Operation& operation,
                                 const operations::Observer& observer = {});
/// The same with an agent of its own.
[[nodiscard]] nlohmann::json ask(const Invocation& invocation, const operations::Operation& operation);

// One function a subcommand, in the file of its name. `invocation` outlives `program`.
void add_run(CLI::App& program, Invocation& invocation);
void add_provision(CLI::App& program, Invocation& invocation);
void add_reprovision(CLI::App& program, Invocation& invocation);
void add_decommission(CLI::App& program, Invocation& invocation);
void add_status(CLI::App& program, Invocation& invocation);
void add_enrollment_info(CLI::App& program, Invocation& invocation);
void add_slot(CLI::App& program, Invocation& invocation);
/// Below `slot`: store and erase.
void add_slot_store(CLI::App& slot, Invocation& invocation);
void add_exec(CLI::App& program, Invocation& invocation);
void add_config(CLI::App& program, Invocation& invocation);

}  // namespace device_agent::app
