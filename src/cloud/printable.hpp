// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace device_agent::cloud {

/// The beginning of a text from outside, fit for one line of a message: at most 200 characters, with a
/// '?' for what is not printable ASCII: it may end on a terminal, in a log, and in JSON.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace device_agent::cloud
