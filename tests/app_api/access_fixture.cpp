// SPDX-License-Identifier: Apache-2.0
#include "tests/app_api/access_fixture.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace device_agent::testing {
namespace {

constexpr int so_peerpidfd = 77;

// fork(), with a pid of our choice when it is not 0.
pid_t fork_with(pid_t pid) {
    clone_args arguments{};
    arguments.exit_signal = SIGCHLD;
    if (pid != 0) {
        arguments.set_tid = reinterpret_cast<std::uint64_t>(&pid);
        arguments.set_tid_size = 1;
    }
    return static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
}

}  // namespace

CallingProcess::CallingProcess(const std::vector<std::string>& command) {
    start(command, 0);
}

CallingProcess::CallingProcess(const std::vector<std::string>& command, pid_t pid) {
    start(command, pid);
}

void CallingProcess::start(const std::vector<std::string>& command, pid_t pid) {
    std::vector<char*> words;
    for (const auto& word : command)
        words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    std::array<int, 2> input{};
    std::array<int, 2> output{};
    if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0)
        throw std::runtime_error("no pipe");
    pid_ = fork_with(pid);
    if (pid_ == 0) {
        ::dup2(input[0], STDIN_FILENO);
        ::dup2(output[1], STDOUT_FILENO);
        ::execvp(words[0], words.data());
        ::_exit(127);
    }
    ::close(input[0]);
    ::close(output[1]);
    input_ = input[1];
    output_ = output[0];
    if (pid_ < 0) throw std::runtime_error(std::string("clone3: ") + std::strerror(errno));
}

CallingProcess::~CallingProcess() {
    ::close(input_);
    ::close(output_);
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

void CallingProcess::step(std::size_t count) const {
    const std::string lines(count, '\n');
    if (::write(input_, lines.data(), count) != static_cast<ssize_t>(count))
        throw std::runtime_error("the process does not read");
}

void CallingProcess::join() {
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

std::string CallingProcess::output() {
    std::string text;
    std::array<char, 1024> block{};
    for (;;) {
        const auto count = ::read(output_, block.data(), block.size());
        if (count <= 0) return text;
        text.append(block.data(), static_cast<std::size_t>(count));
    }
}

void AccessFixture::SetUp() {
    if (::getuid() != 0) GTEST_SKIP() << "only root can be other users";
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
    std::filesystem::copy_file(SOCKET_CALLER, program());
    std::filesystem::create_directory(folder.path() / "proc");
    surroundings.proc = folder.path() / "proc";
    surroundings.accounts = std::make_shared<app_api::SystemAccounts>();
}

void AccessFixture::open_socket() {
    listening_.emplace(app_api::ListeningSocket::create(socket(), 0666));
}

void AccessFixture::start(const config::Grant& granted) {
    if (!listening_) open_socket();
    grant("AppB", granted);
    provision("AppB", 3);
    server = std::make_unique<app_api::Server>(std::move(*listening_), std::nullopt, tokens, administration,
                                               surroundings);
    listening_.reset();
    serve();
    thread = std::jthread([this](const std::stop_token& stop) {
        if (is_old_kernel) forget_peer_pidfd();
        server->run(stop);
    });
}

std::string AccessFixture::call(const std::vector<std::string>& prefix, const std::string& cgroup,
                                const std::string& way) {
    auto command = prefix;
    for (const auto& word : caller(way))
        command.push_back(word);
    CallingProcess process(command);
    record(process.pid(), cgroup);
    process.step(2);
    return process.output();
}

std::vector<std::string> AccessFixture::as(uid_t uid, gid_t gid, const std::string& groups) {
    return {"setpriv", "--reuid=" + std::to_string(uid), "--regid=" + std::to_string(gid),
            groups.empty() ? "--clear-groups" : "--groups=" + groups};
}

void AccessFixture::record(pid_t pid, const std::string& cgroup) const {
    const auto process = surroundings.proc / std::to_string(pid);
    std::filesystem::create_directories(process);
    std::filesystem::copy_file(std::filesystem::path(RECORDED_CGROUPS) / cgroup, process / "cgroup",
                               std::filesystem::copy_options::overwrite_existing);
}

void forget_peer_pidfd() {
    // Arguments are looked at by their lower halves, which come first on the machines that we test on.
    std::array<sock_filter, 6> program{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsockopt, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, so_peerpidfd, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOPROTOOPT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog filter{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
        throw std::runtime_error(std::string("seccomp: ") + std::strerror(errno));
}

}  // namespace device_agent::testing
