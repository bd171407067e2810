// SPDX-License-Identifier: Apache-2.0
// Runs a program that cannot be changed with its connection string in an environment variable, and gives it
// another one in time.
#pragma once

#include "device_agent/client.hpp"
#include "launch/program.hpp"
#include "launch/signals.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace device_agent::launch {

/// What happens to the program when its connection string is not good any more.
struct OnRenewal {
    enum class Kind { nothing, restart, signal };
    Kind kind = Kind::nothing;
    int signal = 0;  ///< of Kind::signal
};

struct Settings {
    Command command;
    std::string variable;  ///< empty: by the identity, as Azure's SDKs have it
    OnRenewal on_renewal;
    /// Life of the token. None: a day, or the agent's default where that is more than the agent allows.
    std::optional<std::chrono::seconds> expiry;
    std::optional<std::chrono::seconds> time_limit;  ///< of the wait for the identity
    std::chrono::seconds grace{10};                  ///< between SIGTERM and SIGKILL at a restart
};

/// Needs a process with one thread. Without renewal it becomes the program, and returns only when that cannot
/// be.
class Launcher {
public:
    Launcher(const client::Client& client, Settings settings);

    /// Returns the exit code. Throws Error: permission; usage (ambiguous, expiry); not_provisioned (time
    /// limit).
    [[nodiscard]] int run();

private:
    using Clock = std::chrono::steady_clock;

    void watch(std::chrono::seconds life);
    void take_credentials(const client::CredentialsView& credentials);
    void take_refusal(const client::Error& error);
    void take_removal();

    void take_signals();
    void end_by(int signal);
    void reap();
    void start_child();
    void stop_child();
    [[nodiscard]] std::chrono::milliseconds time_to_wait() const;
    void act_on_time();

    const client::Client& client_;
    const Settings settings_;
    const Signals signals_;
    std::optional<client::Watch> watch_;
    bool asks_for_default_ = false;  ///< a day was too long
    bool wants_other_watch_ = false;

    std::optional<Environment> environment_;  ///< for the next start
    std::optional<Child> child_;
    std::optional<Clock::time_point> kill_at_;  ///< the child was told to end, for its restart
    bool has_started_ = false;
    bool has_told_to_wait_ = false;
    bool is_ending_ = false;  ///< somebody wants all of it to end
    std::optional<int> exit_code_;
    const Clock::time_point begin_ = Clock::now();
};

}  // namespace device_agent::launch
