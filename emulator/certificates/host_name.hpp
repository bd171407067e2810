// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace emulator::certificates {

/// The emulator's authority may vouch for this machine and for names that nobody owns, and for nothing else:
/// localhost, names under .localhost and .test (RFC 6761), 127.0.0.0/8 and ::1. Returns the name in lower
/// case. Throws Error{usage} for any other.
[[nodiscard]] std::string check_host_name(std::string_view name);

/// Whether it is an IP address rather than a DNS name.
[[nodiscard]] bool is_address(const std::string& name);

}  // namespace emulator::certificates
