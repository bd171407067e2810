// SPDX-License-Identifier: Apache-2.0
// Response codes in words. TPM 2.0 Library Part 2, section 6.6: a code says what is wrong and with which
// parameter, handle or session; the TSS adds codes of its own layers.
#pragma once

#include "foundation/error.hpp"
#include "tpm/command.hpp"

#include <tss2/tss2_common.h>

#include <string>
#include <string_view>

namespace device_agent::tpm {

/// "TPM2_Import refused parameter 3 (duplicate): integrity check failed (TPM_RC_INTEGRITY, 0x3df)".
[[nodiscard]] std::string describe(TSS2_RC code, const Command& command);

/// The error to throw: "cannot `purpose`: …", then `advice`, or the remedy that is known for the code.
[[nodiscard]] Error refusal(TSS2_RC code, const Command& command, std::string_view purpose,
                            std::string_view advice = {});

/// The TPM answered that the command's first handle, or a parameter that is a handle, refers to nothing.
[[nodiscard]] bool says_no_such_handle(TSS2_RC code) noexcept;
/// The TPM answered that an authorization does not hold.
[[nodiscard]] bool says_wrong_authorization(TSS2_RC code) noexcept;
/// The TPM answered that there is no NV memory left (persistent objects live there, too).
[[nodiscard]] bool says_no_nv_space(TSS2_RC code) noexcept;
/// The TPM asks for the same command again: it is busy, or spares its NV memory.
[[nodiscard]] bool asks_to_come_again(TSS2_RC code) noexcept;

}  // namespace device_agent::tpm
