// SPDX-License-Identifier: Apache-2.0
#include "emulator/certificates/host_name.hpp"

#include "emulator/ascii.hpp"
#include "foundation/error.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace emulator::certificates {
namespace {

bool is_loopback4(const std::string& name) {
    in_addr address{};
    if (::inet_pton(AF_INET, name.c_str(), &address) != 1) return false;
    return (ntohl(address.s_addr) >> 24U) == 127;
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_dns_name(std::string_view name) {
    if (name.size() > 253) return false;
    for (;;) {
        const auto dot = name.find('.');
        if (!is_label(name.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        name.remove_prefix(dot + 1);
    }
}

}  // namespace

std::string check_host_name(std::string_view name) {
    auto lowered = lower_case(name);
    if (lowered == "::1" || is_loopback4(lowered)) return lowered;
    const bool reserved =
        lowered == "localhost" || lowered.ends_with(".localhost") || lowered.ends_with(".test");
    if (reserved && is_dns_name(lowered)) return lowered;
    throw device_agent::Error(
        device_agent::ErrorCode::usage,
        "\"" + std::string(name) +
            "\" cannot be a hub of the emulator: its certificates are for localhost, names under "
            ".localhost and .test, 127.0.0.0/8 and ::1 only");
}

bool is_address(const std::string& name) {
    return name == "::1" || is_loopback4(name);
}

}  // namespace emulator::certificates
