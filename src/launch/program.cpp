// SPDX-License-Identifier: Apache-2.0
#include "launch/program.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace device_agent::launch {
namespace {

std::vector<char*> pointers_to(const Command& command) {
    std::vector<char*> all;
    for (const auto& word : command)
        all.push_back(const_cast<char*>(word.c_str()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    all.push_back(nullptr);
    return all;
}

int exit_code_of(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// What the child has to do is ready made: between fork and exec it only calls the kernel.
[[noreturn]] void run_in_child(char* const* words, char* const* variables, const sigset_t& mask, pid_t parent,
                               int failure_pipe) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    int error = ESRCH;
    if (::getppid() == parent) {
        ::sigprocmask(SIG_SETMASK, &mask, nullptr);
        ::execvpe(words[0], words, variables);
        error = errno;
    }
    static_cast<void>(::write(failure_pipe, &error, sizeof error) == sizeof error);
    ::_exit(127);
}

}  // namespace

int become(const Command& command, Environment& environment) {
    const auto words = pointers_to(command);
    const auto variables = environment.pointers();
    ::execvpe(words.front(), words.data(), variables.data());
    return errno;
}

int report_failure(const Command& command, int error) {
    std::cerr << "device-agent: cannot run " << command.front() << ": "
              << std::generic_category().message(error) << std::endl;
    return error == ENOENT ? 127 : 126;
}

Child::Child(const Command& command, Environment& environment, const sigset_t& mask) {
    std::array<int, 2> failure_pipe{};
    if (::pipe2(failure_pipe.data(), O_CLOEXEC) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe");
    const auto words = pointers_to(command);
    const auto variables = environment.pointers();
    const auto parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) run_in_child(words.data(), variables.data(), mask, parent, failure_pipe[1]);
    const int fork_error = errno;
    ::close(failure_pipe[1]);
    if (pid_ > 0) {
        // Its end of the pipe closes when it becomes the program.
        ssize_t size = 0;
        while ((size = ::read(failure_pipe[0], &failure_, sizeof failure_)) < 0 && errno == EINTR) {
        }
        if (size == 0) failure_ = 0;
    }
    ::close(failure_pipe[0]);
    if (pid_ < 0) throw std::system_error(fork_error, std::generic_category(), "fork");
}

Child::~Child() {
    if (exit_code()) return;
    send(SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

void Child::send(int signal) const {
    if (pid_ > 0) ::kill(pid_, signal);
}

std::optional<int> Child::exit_code() {
    int status = 0;
    if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) {
        exit_code_ = exit_code_of(status);
        pid_ = -1;
    }
    return exit_code_;
}

}  // namespace device_agent::launch
