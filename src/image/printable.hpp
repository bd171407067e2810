// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/text.hpp"

#include <string>
#include <string_view>

namespace device_agent::image {

/// A name of the root file system, fit for a terminal and for one line: control characters, quotes and
/// backslashes escaped as in JSON, bytes that are no UTF-8 replaced.
[[nodiscard]] inline std::string printable(std::string_view name) {
    const auto quoted = config::quote(name, std::string::npos);
    return quoted.substr(1, quoted.size() - 2);
}

}  // namespace device_agent::image
