// SPDX-License-Identifier: Apache-2.0
// How every TPM command is issued: patiently, and with an error in words.
#pragma once

#include "tpm/connection.hpp"
#include "tpm/response.hpp"

#include <chrono>

namespace device_agent::tpm {

/// Runs `call` again, after growing pauses (10 ms to 2.5 s, 5 s in all), while the TPM asks for it.
template <typename Call, typename Wait>
[[nodiscard]] TSS2_RC patiently(const Call& call, const Wait& wait) {
    constexpr std::chrono::milliseconds longest{2560};
    for (std::chrono::milliseconds pause{10};; pause *= 2) {
        const TSS2_RC code = call();
        if (!asks_to_come_again(code) || pause > longest) return code;
        wait(pause);
    }
}

/// The same on a connection: a stop that was asked for is obeyed before each command, and in the pauses, by
/// throwing Error{cancelled}.
template <typename Call>
[[nodiscard]] TSS2_RC patiently(const Connection& connection, const Call& call) {
    return patiently(
        [&] {
            connection.check_stop();
            return call();
        },
        [&](std::chrono::milliseconds pause) { connection.wait(pause); });
}

/// The same, where nothing but success will do.
template <typename Call>
void issue(const Connection& connection, const Command& command, std::string_view purpose, const Call& call) {
    const TSS2_RC code = patiently(connection, call);
    if (code != TSS2_RC_SUCCESS) throw refusal(code, command, purpose);
}

}  // namespace device_agent::tpm
