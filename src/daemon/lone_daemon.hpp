// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace device_agent::daemon {

/// Throws Error{state} that names the other process when somebody answers at the socket already.
void require_nobody_at(const std::filesystem::path& socket);

}  // namespace device_agent::daemon
