// SPDX-License-Identifier: Apache-2.0
#include "launch/signals.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <initializer_list>
#include <string_view>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace device_agent::launch {

Signals::Signals() {
    sigset_t taken;
    sigemptyset(&taken);
    for (const int number :
         {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH, SIGCONT, SIGCHLD})
        sigaddset(&taken, number);
    ::sigprocmask(SIG_BLOCK, &taken, &before_);
    std::signal(SIGCHLD, SIG_DFL);  // who ignores it gets no exit codes
    fd_ = ::signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
}

Signals::~Signals() {
    ::close(fd_);
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<Signals::Arrived> Signals::next() const {
    signalfd_siginfo signal{};
    if (::read(fd_, &signal, sizeof signal) != sizeof signal) return std::nullopt;
    return Arrived{static_cast<int>(signal.ssi_signo), signal.ssi_code == SI_KERNEL};
}

std::optional<int> signal_of(const std::string& name) {
    int number = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool is_number = fault == std::errc() && end == name.data() + name.size();
    if (is_number && number > 0 && number < NSIG) return number;
    const std::string_view short_name = std::string_view(name).substr(name.starts_with("SIG") ? 3 : 0);
    for (number = 1; number < SIGRTMIN; ++number) {
        const char* known = ::sigabbrev_np(number);
        if (known != nullptr && short_name == known) return number;
    }
    return std::nullopt;
}

}  // namespace device_agent::launch
