// SPDX-License-Identifier: Apache-2.0
#include "emulator/control/guard.hpp"

#include "emulator/ascii.hpp"
#include "emulator/control/refusal.hpp"
#include "foundation/digest.hpp"

namespace emulator::control {
namespace {

// Compares digests, so that neither content nor length of the token shows in the time it takes.
bool same(std::string_view a, std::string_view b) {
    return device_agent::equal_in_constant_time(device_agent::sha256(device_agent::as_bytes(a)),
                                                device_agent::sha256(device_agent::as_bytes(b)));
}

}  // namespace

void check_host(const http::Request& request, const std::set<std::string>& host_names) {
    if (!host_names.contains(request.host)) {
        throw Refusal(403, "the Host header is not one of the emulator's names");
    }
}

void check_caller(const http::Request& request, const std::string& token) {
    const auto origin = request.headers.find("Origin");
    const auto host = request.headers.find("Host").value_or("");
    if (origin && !equal_ignoring_case(*origin, "https://" + std::string(host))) {
        throw Refusal(403, "the Origin header is of another site");
    }
    const auto authorization = request.headers.find("Authorization").value_or("");
    if (!same(authorization, "Bearer " + token)) {
        throw Refusal(
            401,
            "the control API wants \"Authorization: Bearer TOKEN\", with the controlToken of emulator.json");
    }
}

}  // namespace emulator::control
