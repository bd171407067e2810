// SPDX-License-Identifier: Apache-2.0
// The operations, one function each: they do it, and return what `--json` prints.
#pragma once

#include "operations/device.hpp"
#include "operations/perform.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <optional>

namespace device_agent::operations {

[[nodiscard]] nlohmann::json status(const Device& device);
[[nodiscard]] nlohmann::json list_slots(const Device& device);
[[nodiscard]] nlohmann::json show_slot(const Device& device, unsigned slot);
[[nodiscard]] nlohmann::json slot_token(const Device& device, unsigned slot,
                                        std::optional<std::chrono::seconds> expiry);
[[nodiscard]] nlohmann::json slot_connection_string(const Device& device, unsigned slot,
                                                    std::optional<std::chrono::seconds> expiry);
[[nodiscard]] nlohmann::json store_slot(const Device& device, unsigned slot,
                                        std::string_view connection_string);
[[nodiscard]] nlohmann::json erase_slot(const Device& device, unsigned slot);
/// provision and reprovision.
[[nodiscard]] nlohmann::json provision(const Device& device, const Operation& operation,
                                       const Observer& observer, const CallContext& context);
/// A dry run only says what would be erased.
[[nodiscard]] nlohmann::json decommission(const Device& device, bool dry_run, const Observer& observer);

}  // namespace device_agent::operations
