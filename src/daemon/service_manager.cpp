// SPDX-License-Identifier: Apache-2.0
// The two protocols are stable, and made to be spoken without libsystemd (decision 68).
#include "daemon/service_manager.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace device_agent::daemon::service_manager {
namespace {

constexpr int first_descriptor = 3;
constexpr unsigned most_sockets = 16;

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// A line's end would begin another assignment.
std::string in_one_line(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return text;
}

void tell(const std::string& assignments) {
    const auto path = variable("NOTIFY_SOCKET");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path)) return;
    path.copy(address.sun_path, path.size());
    if (path.front() == '@') address.sun_path[0] = '\0';  // an abstract name
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the socket interface asks for.
    ::sendto(descriptor, assignments.data(), assignments.size(), MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&address), size);
    ::close(descriptor);
}

}  // namespace

void ready(const std::string& status) {
    tell("READY=1\nSTATUS=" + in_one_line(status));
}

void status(const std::string& status) {
    tell("STATUS=" + in_one_line(status));
}

void reloading() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void stopping() {
    tell("STOPPING=1");
}

void alive() {
    tell("WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog() {
    const auto whose = variable("WATCHDOG_PID");
    if (!whose.empty() && number_in<pid_t>(whose) != ::getpid()) return std::nullopt;
    const auto interval = number_in<std::uint64_t>(variable("WATCHDOG_USEC"));
    if (!interval || *interval == 0) return std::nullopt;
    return std::chrono::microseconds(*interval);
}

std::vector<Socket> take_sockets() {
    std::vector<Socket> sockets;
    const bool are_ours = number_in<pid_t>(variable("LISTEN_PID")) == ::getpid();
    const auto count = are_ours ? number_in<unsigned>(variable("LISTEN_FDS")).value_or(0) : 0;
    auto names = variable("LISTEN_FDNAMES");
    for (unsigned i = 0; i < std::min(count, most_sockets); ++i) {
        const int descriptor = first_descriptor + static_cast<int>(i);
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        const auto name = names.substr(0, names.find(':'));
        names.remove_prefix(std::min(name.size() + 1, names.size()));
        sockets.push_back({std::string(name), descriptor});
    }
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        ::unsetenv(name);
    return sockets;
}

}  // namespace device_agent::daemon::service_manager
