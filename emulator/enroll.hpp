// SPDX-License-Identifier: Apache-2.0
// What a factory line does after it has scanned a device: hand its endorsement key to the service.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace emulator {

struct EnrollOptions {
    std::filesystem::path data;              ///< of the running emulator
    std::optional<std::string> device_id{};  ///< for a single enrollment; else the registration id
    std::optional<std::string> hub{};        ///< else the first one
};

/// Creates or updates the enrollments in `enrollment_info`, the output of `device-agent enrollment-info
/// --format json` (an array, or one of its objects), all or none. Returns what the emulator now has, each
/// with "created": true or false. Throws Error: usage for options that do not fit, refused for what the
/// emulator does not take, network when none answers.
[[nodiscard]] nlohmann::json enroll(const EnrollOptions& options, const std::string& enrollment_info);

}  // namespace emulator
