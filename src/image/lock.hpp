// SPDX-License-Identifier: Apache-2.0
// The lock file: which slot each application has, so that it keeps it when others come and go.
#pragma once

#include "config/problem.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace device_agent::image {

struct LockedSlot {
    unsigned slot = 0;
    bool removed = false;  ///< the application is not there now; its slot is kept for its return

    friend bool operator==(const LockedSlot&, const LockedSlot&) = default;
};

struct Lock {
    std::map<std::string, LockedSlot, std::less<>> applications;  ///< by module id
    std::string device_application;  ///< the one that uses the device identity; empty: none

    friend bool operator==(const Lock&, const Lock&) = default;
};

/// `file` is its name in messages. Throws config::ConfigurationError with every mistake.
[[nodiscard]] Lock parse_lock(const std::string& file, std::string_view text);
/// The same lock gives the same text.
[[nodiscard]] std::string to_text(const Lock& lock);

}  // namespace device_agent::image
