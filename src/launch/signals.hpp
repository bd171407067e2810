// SPDX-License-Identifier: Apache-2.0
// The signals of a program that stands before another one: those to pass on, and the word that a child has
// ended.
#pragma once

#include <csignal>
#include <optional>
#include <string>

namespace device_agent::launch {

/// Blocks these signals for the process, which has one thread, and takes them one by one. As before when it
/// goes.
class Signals {
public:
    Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals();

    /// Readable when there is one.
    [[nodiscard]] int fd() const noexcept { return fd_; }

    struct Arrived {
        int number = 0;
        /// Sent by the kernel, as the terminal's Ctrl-C is: then the whole process group has got it.
        bool is_of_kernel = false;
    };
    /// Never blocks.
    [[nodiscard]] std::optional<Arrived> next() const;

    /// What was blocked before: for the programs that are started.
    [[nodiscard]] const sigset_t& mask_before() const noexcept { return before_; }

private:
    sigset_t before_{};
    int fd_ = -1;
};

/// The number of `HUP`, `SIGHUP` or `1`; nothing for a word that names no signal.
[[nodiscard]] std::optional<int> signal_of(const std::string& name);

}  // namespace device_agent::launch
