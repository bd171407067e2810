// SPDX-License-Identifier: Apache-2.0
// The program that is launched: in place of this process, or as its child.
#pragma once

#include "launch/environment.hpp"

#include <csignal>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace device_agent::launch {

using Command = std::vector<std::string>;

/// Becomes the program. Returns only when that fails: the errno.
[[nodiscard]] int become(const Command& command, Environment& environment);

/// Says on standard error why the program cannot be run. Returns the exit code for it, as shells have it: 127
/// when there is none, else 126.
[[nodiscard]] int report_failure(const Command& command, int error);

/// A running program. It gets SIGTERM should this process die, and is killed when this goes while it runs.
class Child {
public:
    /// In the process group of this process, with these signals blocked. See failure().
    Child(const Command& command, Environment& environment, const sigset_t& mask);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    /// The errno when the program could not be run, else 0.
    [[nodiscard]] int failure() const noexcept { return failure_; }

    /// Without effect when it has ended.
    void send(int signal) const;

    /// Once it has ended: its exit code, or 128 and the signal that killed it. Never blocks.
    [[nodiscard]] std::optional<int> exit_code();

private:
    pid_t pid_ = -1;  ///< -1 once it is waited for
    int failure_ = 0;
    std::optional<int> exit_code_;
};

}  // namespace device_agent::launch
