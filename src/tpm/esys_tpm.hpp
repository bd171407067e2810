// SPDX-License-Identifier: Apache-2.0
// A TPM 2.0 by the TSS (tpm2-tss): /dev/tpmrm0, /dev/tpm0, a resource manager in user space, or a software
// TPM.
#pragma once

#include "foundation/clock.hpp"
#include "foundation/secret.hpp"
#include "tpm/tpm.hpp"

#include <memory>
#include <stop_token>
#include <string>

namespace device_agent::tpm {

struct Options {
    /// How to reach the TPM, as tctildr reads it: "device:/dev/tpmrm0", "swtpm:path=SOCKET",
    /// "swtpm:host=…,port=…", "mssim:host=…,port=…", "tabrmd".
    std::string tcti = "device:/dev/tpmrm0";
    /// Passwords of the hierarchies; empty where they have none. At most 64 bytes.
    SecretText owner_auth{};
    SecretText endorsement_auth{};
};

/// Whether a resource manager stands between us and the TPM: then others may use it at the same time, and
/// what we leave behind is flushed when the connection closes.
[[nodiscard]] bool has_resource_manager(const std::string& tcti);

/// Reaches the TPM once, so that a missing device or a missing permission is known now. Behind a resource
/// manager the connection stays open; otherwise it is open only during a sequence.
///
/// A TPM that is busy is waited for, some seconds at most, by `clock`, which outlives it. A stop is obeyed
/// between two commands and while waiting.
///
/// Call it before other threads start: it sets TSS2_LOG, unless it is set, so that the TSS does not print on
/// stderr what our errors say better. Throws Error{tpm}, Error{permission}, Error{cancelled}.
[[nodiscard]] std::unique_ptr<Tpm> open(Options options, Clock& clock, std::stop_token stop = {});

}  // namespace device_agent::tpm
