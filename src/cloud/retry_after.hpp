// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/clock.hpp"

#include <optional>
#include <string>

namespace device_agent::cloud {

/// A Retry-After header (RFC 9110): a whole number of seconds, or a date, which counts from `now` by the
/// service's clock. Nothing when it is neither. A number beyond 32 bits is the largest of 32 bits: more than
/// anybody waits.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(const std::string& text, WallTime now);

}  // namespace device_agent::cloud
