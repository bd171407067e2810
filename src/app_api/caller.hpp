// SPDX-License-Identifier: Apache-2.0
// Who is at the other end of a connection, as the kernel says it. Nothing here comes from the caller's own
// words.
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
    /// The systemd unit (.service or .scope) of the process; nothing when it has none, or when the process
    /// was gone before it could be looked at.
    std::optional<std::string> unit;
    /// The process that was looked at is the one that connected: the kernel said so (SO_PEERPIDFD). False on
    /// a kernel before 6.5, where the pid could be another process's by now: then `unit` may narrow a grant
    /// to users or groups, but no grant by unit alone holds.
    bool unit_is_certain = false;

    friend bool operator==(const Caller&, const Caller&) = default;
};

}  // namespace device_agent::app_api
