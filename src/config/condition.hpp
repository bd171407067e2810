// SPDX-License-Identifier: Apache-2.0
// Whether a condition of the specification holds in a document.
#pragma once

#include "config/document.hpp"
#include "config/shape.hpp"

#include <optional>

namespace device_agent::config {

/// Nothing when that depends on a value that is itself wrong. An absent key counts as its default.
[[nodiscard]] std::optional<bool> holds(const Condition& condition, const Node& root);

/// The key of the specification at a path such as `attestation.type`; null when there is none.
[[nodiscard]] const Key* key_at(std::string_view path);

}  // namespace device_agent::config
