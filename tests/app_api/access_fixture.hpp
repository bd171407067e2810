// SPDX-License-Identifier: Apache-2.0
// Real processes of real users that call the API. Where there is no systemd, their control groups are
// recorded ones.
#pragma once

#include "tests/app_api/api_fixture.hpp"

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace device_agent::testing {

/// A process that goes step by step, and writes.
class CallingProcess {
public:
    /// `command` is looked for in PATH.
    explicit CallingProcess(const std::vector<std::string>& command);
    /// The same, with that pid, which must be free. Throws where the kernel does not let us.
    CallingProcess(const std::vector<std::string>& command, pid_t pid);
    CallingProcess(const CallingProcess&) = delete;
    CallingProcess& operator=(const CallingProcess&) = delete;
    ~CallingProcess();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// Lets it take its next steps.
    void step(std::size_t count = 1) const;
    /// Waits until the process is gone, and its pid free.
    void join();
    /// All that is written, up to the end of every process that can write.
    std::string output();

private:
    void start(const std::vector<std::string>& command, pid_t pid);

    pid_t pid_ = -1;
    int input_ = -1;
    int output_ = -1;
};

/// The users are some of those that every Debian system has.
class AccessFixture : public ApiFixture {
protected:
    static constexpr uid_t daemon = 1;
    static constexpr uid_t games = 5;
    static constexpr gid_t games_group = 60;
    static constexpr gid_t tty_group = 5;

    void SetUp() override;
    /// Serves AppB as `grant` says, and nothing else.
    void start(const config::Grant& grant);
    /// Makes the socket, to which one can connect; nobody is looked at before start().
    void open_socket();

    /// What socket_caller prints when it is started by `prefix` and its control group is recorded as
    /// `cgroup`.
    std::string call(const std::vector<std::string>& prefix, const std::string& cgroup = "none",
                     const std::string& way = "plain");
    /// setpriv to that user; with no `groups`, its supplementary ones are none.
    static std::vector<std::string> as(uid_t uid, gid_t gid, const std::string& groups = "");
    [[nodiscard]] std::vector<std::string> caller(const std::string& way) const {
        return {program().string(), socket().string(), way};
    }
    void record(pid_t pid, const std::string& cgroup) const;
    [[nodiscard]] std::filesystem::path program() const { return folder.path() / "socket_caller"; }

    /// From now on the server meets a kernel before 6.5, which knows no SO_PEERPIDFD.
    bool is_old_kernel = false;

private:
    std::optional<app_api::ListeningSocket> listening_;
};

/// For the calling thread getsockopt(SO_PEERPIDFD) fails as on an old kernel.
void forget_peer_pidfd();

}  // namespace device_agent::testing
