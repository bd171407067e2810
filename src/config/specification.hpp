// SPDX-License-Identifier: Apache-2.0
// Every key of the configuration: the one place that says its name, type, default and range.
#pragma once

#include "config/shape.hpp"

namespace device_agent::config {

/// Slots run from 0 to this one: a hub allows 50 modules a device, and the device needs one more.
inline constexpr std::int64_t last_slot = 50;
/// At most this many slots lie in the TPM itself.
inline constexpr std::int64_t most_persistent_slots = 10;

/// The shape of the whole document: an object.
[[nodiscard]] const Shape& specification();

}  // namespace device_agent::config
