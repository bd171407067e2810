// SPDX-License-Identifier: Apache-2.0
#include "app_api/peer.hpp"

#include "app_api/unit_name.hpp"
#include "foundation/error.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

// Linux 6.5; the headers of Debian 12 are older.
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

namespace device_agent::app_api {
namespace {

constexpr std::size_t longest_cgroup_file = 64UL * 1024;

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }

private:
    int fd_;
};

std::vector<gid_t> supplementary_groups(int socket) {
    std::vector<gid_t> groups(32);
    for (;;) {
        auto length = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
        const int result = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &length);
        // When there is too little room, `length` says how much it takes.
        if (result != 0 && (errno != ERANGE || length <= groups.size() * sizeof(gid_t))) return {};
        groups.resize(length / sizeof(gid_t));
        if (result == 0) return groups;
    }
}

// A descriptor of the process that connected; nothing on a kernel that does not say.
Descriptor peer_process(int socket) {
    int fd = -1;
    socklen_t length = sizeof fd;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &fd, &length) != 0) return Descriptor(-1);
    return Descriptor(fd);
}

// A descriptor of whichever process has that pid now.
Descriptor process_with(pid_t pid) {
    return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

// `is_certain`: it is the process that connected, and not only one that has its pid by now.
Descriptor find_process(int socket, pid_t pid, bool& is_certain) {
    auto process = peer_process(socket);
    // Any other fault than an old kernel means that it has ended.
    is_certain = process.is_open() || errno != ENOPROTOOPT;
    return is_certain ? std::move(process) : process_with(pid);
}

bool is_alive(const Descriptor& process) {
    pollfd poll{.fd = process.get(), .events = POLLIN, .revents = 0};
    return ::poll(&poll, 1, 0) == 0;
}

// Nothing when it cannot be read, or is longer than any that systemd would make.
std::optional<std::string> read_cgroup_file(const std::filesystem::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file.is_open()) return std::nullopt;
    std::string text;
    std::array<char, 4096> block{};
    for (;;) {
        const auto count = ::read(file.get(), block.data(), block.size());
        if (count < 0) return std::nullopt;
        if (count == 0) return text;
        text.append(block.data(), static_cast<std::size_t>(count));
        if (text.size() > longest_cgroup_file) return std::nullopt;
    }
}

}  // namespace

Caller peer_of(int socket) {
    ucred credentials{};
    socklen_t length = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
        throw Error(ErrorCode::internal,
                    std::string("the kernel does not say who connected: ") + std::strerror(errno));
    }
    Caller caller;
    caller.uid = credentials.uid;
    caller.gid = credentials.gid;
    caller.pid = credentials.pid;
    return caller;
}

void look_closer(int socket, const std::filesystem::path& proc, Caller& caller) {
    caller.groups = supplementary_groups(socket);
    if (caller.pid <= 0) return;  // of a pid namespace that is not below ours
    bool is_certain = false;
    const auto process = find_process(socket, caller.pid, is_certain);
    if (!process.is_open()) return;
    const auto cgroup = read_cgroup_file(proc / std::to_string(caller.pid) / "cgroup");
    // As long as it lives, its pid is nobody else's: then the file that was read is that of this process.
    if (!cgroup || !is_alive(process)) return;
    caller.unit = unit_of(*cgroup);
    caller.unit_is_certain = is_certain && caller.unit.has_value();
}

std::string peer_address(int socket) {
    sockaddr_un address{};
    socklen_t length = sizeof address;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the interface is meant.
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
    const auto before = offsetof(sockaddr_un, sun_path);
    if (length <= before || length > sizeof address) return {};
    return {address.sun_path, length - before};
}

bool kernel_knows_peer_process() {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return false;
    const Descriptor one(pair[0]);
    const Descriptor other(pair[1]);
    return peer_process(one.get()).is_open();
}

}  // namespace device_agent::app_api
