// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/shape.hpp"

#include <string>
#include <string_view>

namespace device_agent::config {

/// A JSON schema (draft 2020-12) of a document of that shape.
[[nodiscard]] std::string schema(const Shape& shape, std::string_view title, std::string_view description);

}  // namespace device_agent::config
