// SPDX-License-Identifier: Apache-2.0
// What slots hold, for people.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <iosfwd>
#include <string>

namespace device_agent::app {

/// `slots` is the array of the documents that --json prints.
void print_slots(std::ostream& out, const nlohmann::json& slots, bool with_tokens);

/// "hub/device[/module]" of one of them.
[[nodiscard]] std::string identity_in(const nlohmann::json& slot);

}  // namespace device_agent::app
