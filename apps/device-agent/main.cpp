// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "config/config.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"
#include "stop_signal.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <string_view>
#include <sys/prctl.h>

namespace {

using namespace device_agent;

constexpr const char* footer = R"(
Exit codes: 0 done; 1 anything else, state directory unwritable; 2 usage; 3 configuration; 4 slot empty, not
provisioned; 5 refused by the service; 6 network, TLS or timeout; 7 the TPM refused; 8 not permitted.

A first boot, step by step:
  device-agent config validate          is the configuration right?
  device-agent enrollment-info          what to enroll in DPS for this machine
  device-agent provision --dry-run      what would be done
  device-agent provision                do it
  device-agent slot list                which identity is in which slot
  device-agent run                      serve the applications, and provision what is missing)";

// CLI11 first asks for a subcommand, and would not name the word that it did not know.
std::string unknown_word(const CLI::App& program) {
    for (const auto* chosen : program.get_subcommands()) {
        if (auto word = unknown_word(*chosen); !word.empty()) return word;
    }
    const auto words = program.remaining();
    return words.empty() ? std::string() : words.front();
}

int explain_usage(const CLI::App& program, const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error);  // --help, --version
    const auto word = unknown_word(program);
    if (word.empty() && program.get_subcommands().empty()) {
        std::cerr << program.help();
    } else if (word.empty()) {
        program.exit(error);
    } else if (program.got_subcommand("exec")) {
        std::cerr << "device-agent: '" << word
                  << "' is no option of exec; the program to run stands behind --: device-agent exec -- CMD "
                     "ARG…\nRun with --help for more information.\n";
    } else {
        std::cerr << "device-agent: '" << word
                  << "' is not known here\nRun with --help for more information.\n";
    }
    return translate(ErrorCode::usage).exit_code;
}

// Keys are in memory for moments. No core dump may hold them, and no other process of the same user may look.
void keep_memory_to_ourselves() {
    ::prctl(PR_SET_DUMPABLE, 0);
}

void report(const std::exception& error, ErrorCode code, bool as_json) {
    const auto& problem = translate(code);
    std::cerr << "device-agent: " << explain(error) << "\n";
    if (as_json) {
        using Json = nlohmann::json;
        const Json json{{"error", {{"code", problem.name}, {"message", explain(error)}}}};
        // A message may quote bytes that are no UTF-8; they must not turn an error into a crash.
        std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << std::endl;
    }
}

}  // namespace

int main(int argc, char** argv) {
    keep_memory_to_ourselves();
    app::StopSignal signals;
    app::Invocation invocation;
    invocation.config_file = config::default_file;
    invocation.signals = &signals;
    invocation.stop = signals.token();

    CLI::App program{
        "Gives a Linux device and its applications their Azure IoT Hub identities, kept in its TPM.",
        "device-agent"};
    program.set_version_flag("--version", DEVICE_AGENT_VERSION);
    program.require_subcommand(1);
    program.fallthrough();  // --config and --json may also stand behind the subcommand
    bool verbose = false;
    program.add_option("-c,--config", invocation.config_file, "Configuration file")
        ->capture_default_str()
        ->type_name("FILE");
    program.add_flag("--json", invocation.json, "Print JSON instead of text");
    program.add_flag("-v,--verbose", verbose, "Log each detail to standard error");
    app::add_run(program, invocation);
    app::add_provision(program, invocation);
    app::add_reprovision(program, invocation);
    app::add_decommission(program, invocation);
    app::add_status(program, invocation);
    app::add_enrollment_info(program, invocation);
    app::add_slot(program, invocation);
    app::add_exec(program, invocation);
    app::add_config(program, invocation);
    program.footer(footer);  // last: a subcommand takes over the footer that stands when it is added

    try {
        // CLI11 would read on behind the dashes, and take "[a,b]" there for a list.
        char** const end = argv + argc;
        char** const dashes = std::find(argv, end, std::string_view("--"));
        if (dashes != end) invocation.command.assign(dashes + 1, end);
        program.parse(static_cast<int>(dashes - argv), argv);
        if (dashes != end && !program.got_subcommand("exec"))
            throw CLI::ExtrasError(program.get_name(), {"--"});
        log::set_level(verbose ? log::Level::debug : invocation.log_level);
        return invocation.run();
    } catch (const CLI::ParseError& error) {
        return explain_usage(program, error);
    } catch (const Error& error) {
        report(error, error.code(), invocation.json);
        return translate(error.code()).exit_code;
    } catch (const std::exception& error) {
        report(error, ErrorCode::internal, invocation.json);
        return translate(ErrorCode::internal).exit_code;
    }
}
