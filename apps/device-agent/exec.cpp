// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "config/config.hpp"
#include "foundation/error.hpp"
#include "launch/launcher.hpp"
#include "stop_signal.hpp"

#include <cstdlib>

namespace device_agent::app {
namespace {

struct Options {
    std::string application;
    std::string variable;
    std::string on_renewal;
    std::optional<unsigned> expiry;
    std::optional<unsigned> time_limit;
    unsigned grace = 10;
};

launch::OnRenewal on_renewal_of(const std::string& word) {
    if (word.empty()) return {};
    if (word == "restart") return {launch::OnRenewal::Kind::restart, 0};
    const auto signal = launch::signal_of(word);
    if (!signal) {
        throw Error(
            ErrorCode::usage,
            "--on-renewal takes restart or the name of a signal, such as HUP, and not '" + word + "'");
    }
    return {launch::OnRenewal::Kind::signal, *signal};
}

std::optional<std::chrono::seconds> seconds_of(const std::optional<unsigned>& number) {
    return number ? std::optional(std::chrono::seconds(*number)) : std::nullopt;
}

/// Where the daemon is, and the longest life of a token: as the configuration says, if this user may read it.
/// An application needs no right to, so without it there are the environment and the defaults.
void consult_configuration(const Invocation& invocation, client::Client::Settings& client,
                           launch::Settings& settings) {
    try {
        const auto configuration = config::load_without_named_files(invocation.config_file);
        if (std::getenv("DEVICE_AGENT_SOCKET") == nullptr) client.socket = configuration.socket.string();
        if (!settings.expiry) settings.expiry = configuration.max_token_lifetime;
    } catch (const Error&) {
        if (invocation.config_file != config::default_file) throw;
    }
}

int run(const Invocation& invocation, const Options& options) {
    if (invocation.command.empty())
        throw Error(ErrorCode::usage,
                    "exec needs the program to run, behind --: device-agent exec -- CMD ARG…");
    if (options.variable.find('=') != std::string::npos)
        throw Error(ErrorCode::usage, "--env takes the name of a variable, without a value and without =");
    if (options.expiry == 0U) throw Error(ErrorCode::usage, "--expiry is at least 1 second");
    launch::Settings settings{.command = invocation.command,
                              .variable = options.variable,
                              .on_renewal = on_renewal_of(options.on_renewal),
                              .expiry = seconds_of(options.expiry),
                              .time_limit = seconds_of(options.time_limit),
                              .grace = std::chrono::seconds(options.grace)};
    client::Client::Settings agent{.socket = {}, .application = options.application};
    consult_configuration(invocation, agent, settings);
    // From here on there is one thread, and signals are for the program.
    invocation.signals->give_back();
    const client::Client client(agent);
    return launch::Launcher(client, std::move(settings)).run();
}

}  // namespace

void add_exec(CLI::App& program, Invocation& invocation) {
    auto* command = program.add_subcommand(
        "exec",
        "Run a program with its connection string in an environment variable: exec [OPTIONS] -- CMD ARG…");
    command->footer(
        "\nWaits until the identity is there, and then becomes CMD, which keeps its user, its signals and "
        "its\n"
        "exit code. The variable is IOTHUB_DEVICE_CONNECTION_STRING for the device identity, else\n"
        "IOTHUB_MODULE_CONNECTION_STRING.\n\n"
        "The connection string in it expires. With --on-renewal, CMD is run as a child: before that, and\n"
        "when the hub or the key has changed, it is ended and run again with another one (restart), or is\n"
        "sent a signal, upon which it gets another one by itself, from the socket or by the library. "
        "Signals\n"
        "are passed on, and its exit code is returned: 128 + n when a signal killed it, 127 when there is "
        "no\n"
        "such program, 126 when it cannot be run.");
    const auto options = std::make_shared<Options>();
    command->add_option("--application", options->application, "Where several identities are granted: which")
        ->type_name("NAME");
    command->add_option("--env", options->variable, "Name of the variable")->type_name("NAME");
    command->add_option("--on-renewal", options->on_renewal, "What to do before the token expires")
        ->type_name("restart|SIGNAL");
    command->add_option("--expiry", options->expiry, "Life of the token; as long as is allowed, if not given")
        ->type_name("S");
    command->add_option("--timeout", options->time_limit, "Give up (exit code 4) after so many seconds")
        ->type_name("S");
    command->add_option("--grace", options->grace, "At a restart, seconds between SIGTERM and SIGKILL")
        ->capture_default_str()
        ->type_name("S");
    command->callback([&invocation, options] {
        invocation.run = [&invocation, options] { return run(invocation, *options); };
    });
}

}  // namespace device_agent::app
