// SPDX-License-Identifier: Apache-2.0
// The bodies that requests may have.
#pragma once

#include "app_api/call.hpp"

#include <string_view>

namespace device_agent::app_api {

enum class BodyKind {
    none,               ///< nothing
    expiry,             ///< {"expiry": S}, or nothing
    provisioning,       ///< {"dryRun", "verify", "prune": bool, "timeout": S}, any of them, or nothing
    dry_run,            ///< {"dryRun": bool}, or nothing
    connection_string,  ///< {"connectionString": "…"}
};

/// Fills in what the body says. Throws Error{usage} for one that is no JSON object, has a member that is
/// unknown or there twice, or a value that is not of its kind; the message never quotes a value.
void read_body(BodyKind kind, std::string_view body, Call& call);

}  // namespace device_agent::app_api
