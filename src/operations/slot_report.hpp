// SPDX-License-Identifier: Apache-2.0
// What a slot holds, as a JSON object.
#pragma once

#include "identity/slot_store.hpp"
#include "operations/device.hpp"

#include <nlohmann/json_fwd.hpp>

#include <vector>

namespace device_agent::operations {

/// `with_token` has the key sign, which also shows that it works; the token is thrown away.
[[nodiscard]] nlohmann::json report(const Device& device, const identity::Slot& slot,
                                    bool with_token = false);

/// An array of them. `with_tokens` as above.
[[nodiscard]] nlohmann::json report(const Device& device, const std::vector<identity::Slot>& slots,
                                    bool with_tokens = false);

}  // namespace device_agent::operations
