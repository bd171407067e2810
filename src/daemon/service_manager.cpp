// SPDX-License-Identifier: Apache-2.0
#include "daemon/service_manager.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <systemd/sd-daemon.h>

namespace device_agent::daemon::service_manager {
namespace {

constexpr int keep_variables = 0;
constexpr int remove_variables = 1;

// A line's end would begin another assignment.
std::string in_one_line(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return text;
}

void tell(const std::string& assignments) {
    sd_notify(keep_variables, assignments.c_str());
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
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(keep_variables, &microseconds) <= 0) return std::nullopt;
    return std::chrono::microseconds(microseconds);
}

std::vector<Socket> take_sockets() {
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(remove_variables, &names);
    std::vector<Socket> sockets;
    for (int i = 0; i < count; ++i) {
        sockets.push_back({names[i], SD_LISTEN_FDS_START + i});
        std::free(names[i]);
    }
    std::free(names);
    return sockets;
}

}  // namespace device_agent::daemon::service_manager
