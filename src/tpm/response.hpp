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

/// The TPM, or its resource manager, has answered: the code is none of the TSS and none of the transport.
[[nodiscard]] bool is_answer_of_tpm(TSS2_RC code) noexcept;
/// The TPM found fault with a handle, a session or a parameter of this command, not with its own state: advice
/// about what was sent is in place.
[[nodiscard]] bool blames_what_was_sent(TSS2_RC code, const Command& command) noexcept;
/// The TPM answered that the command's first handle, or a parameter that is a handle, refers to nothing.
[[nodiscard]] bool says_no_such_handle(TSS2_RC code) noexcept;
/// The TPM answered that an authorization does not hold.
[[nodiscard]] bool says_wrong_authorization(TSS2_RC code) noexcept;
/// The TPM answered that there is no NV memory left (persistent objects live there, too).
[[nodiscard]] bool says_no_nv_space(TSS2_RC code) noexcept;
/// The TPM answered that it is locked after too many wrong authorizations.
[[nodiscard]] bool says_locked_out(TSS2_RC code) noexcept;
/// The TPM asks for the same command again: it is busy, or spares its NV memory.
[[nodiscard]] bool asks_to_come_again(TSS2_RC code) noexcept;

}  // namespace device_agent::tpm
