// SPDX-License-Identifier: Apache-2.0
// What every subcommand shares: the options that stand on all of them, and how it is run.
#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <functional>

namespace device_agent::image_app {

struct Invocation {
    std::filesystem::path root;
    bool json = false;
    /// Set by the chosen subcommand; returns the exit code. Errors are thrown and become one in main().
    std::function<int()> run;
};

// One function a subcommand, in the file of its name. `invocation` outlives `program`.
void add_scan(CLI::App& program, Invocation& invocation);
void add_plan(CLI::App& program, Invocation& invocation);
void add_check(CLI::App& program, Invocation& invocation);
void add_schema(CLI::App& program, Invocation& invocation);

}  // namespace device_agent::image_app
