// SPDX-License-Identifier: Apache-2.0
// Who is at the other end of a connection, as the kernel says it. Nothing here comes from the caller's own words.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace device_agent::app_api {

struct Caller {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;  ///< supplementary
    pid_t pid = 0;
    /// The systemd unit (.service or .scope) of the process, when it is known for sure that the process which
    /// connected is the one that was looked at; nothing otherwise, and then no grant by unit holds.
    std::optional<std::string> unit;

    friend bool operator==(const Caller&, const Caller&) = default;
};

}  // namespace device_agent::app_api
