// SPDX-License-Identifier: Apache-2.0
// From a process's control group to its systemd unit.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace device_agent::app_api {

/// The unit of a process, by the text of its /proc/PID/cgroup: the first .service or .scope below the slices
/// from the root, as sd_pid_get_unit(3) finds it. Nothing for a process outside of all units, for one of a
/// user's own service manager (user@UID.service, who may name units as he likes), and for any text that is
/// not as expected. Control groups that a unit was given to manage (Delegate=) lie below it, whatever they
/// are named.
[[nodiscard]] std::optional<std::string> unit_of(std::string_view cgroup_file);

/// Whether systemd would take the name for a .service or .scope, and no template.
[[nodiscard]] bool is_unit_name(std::string_view name);

}  // namespace device_agent::app_api
