// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/secret.hpp"

#include <filesystem>

namespace device_agent::identity {

[[nodiscard]] std::filesystem::path slot_auth_path(const std::filesystem::path& state_directory);

/// The auth value of the slots' keys, for `"slotAuth": "agent"`: 32 random bytes in the state directory,
/// 0600. Empty when there is none yet. Throws Error{state} when the file is damaged.
[[nodiscard]] SecretBytes read_slot_auth(const std::filesystem::path& state_directory);
/// Makes one where there is none. Durable when it returns.
[[nodiscard]] SecretBytes ensure_slot_auth(const std::filesystem::path& state_directory);

}  // namespace device_agent::identity
