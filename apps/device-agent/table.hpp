// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace device_agent::app {

/// Left-aligned columns, two spaces apart, as wide as their longest cell. The first row is the heading.
void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows);

}  // namespace device_agent::app
