// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "config/config.hpp"
#include "daemon/daemon.hpp"
#include "foundation/error.hpp"
#include "operations/device.hpp"
#include "stop_signal.hpp"

#include <malloc.h>

namespace device_agent::app {
namespace {

// A hangup that comes while the daemon goes finds nobody.
class Hangup {
public:
    Hangup(StopSignal& signals, daemon::Daemon& daemon) : signals_(signals) {
        signals.on_hangup([&daemon] { daemon.reload(); });
    }
    Hangup(const Hangup&) = delete;
    Hangup& operator=(const Hangup&) = delete;
    ~Hangup() { signals_.on_hangup({}); }

private:
    StopSignal& signals_;
};

void serve(const Invocation& invocation) {
    // Few threads, and each does little: memory is worth more than their independence.
    ::mallopt(M_ARENA_MAX, 1);
    const auto configuration = config::load(invocation.config_file);
    operations::log_warnings(configuration);
    daemon::Daemon daemon(invocation.config_file, configuration, invocation.stop);
    const Hangup hangup(*invocation.signals, daemon);
    daemon.run();
}

// Whoever stops a daemon wants it to end: that is no error, also while it waits for a lock or for the TPM.
int run(const Invocation& invocation) {
    try {
        serve(invocation);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::cancelled || !invocation.stop.stop_requested()) throw;
    }
    return 0;
}

}  // namespace

void add_run(CLI::App& program, Invocation& invocation) {
    auto* command = program.add_subcommand(
        "run", "Serve applications their identities, provision what is missing, and stay");
    command->footer(
        "\nThe daemon: systemd starts it. It serves at once what the slots hold, and keeps trying to get "
        "what is\n"
        "missing. SIGHUP, or a changed file, has the configuration read anew; SIGTERM ends it.");
    command->callback([&invocation] {
        invocation.log_level = log::Level::info;
        invocation.run = [&invocation] { return run(invocation); };
    });
}

}  // namespace device_agent::app
