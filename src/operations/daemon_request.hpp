// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/secret.hpp"
#include "operations/perform.hpp"

#include <string>

namespace device_agent::operations {

/// How an operation is asked for (docs/socket-api.md).
struct DaemonRequest {
    std::string method;
    std::string path;
    SecretText body;           ///< JSON; empty for none
    bool tells_steps = false;  ///< the answer comes line by line
};

[[nodiscard]] DaemonRequest request_for(const Operation& operation);

}  // namespace device_agent::operations
