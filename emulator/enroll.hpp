// SPDX-License-Identifier: Apache-2.0
// What a factory line does after it has scanned a device: hand what proves it to the service.
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
    /// For one device that attests by symmetric key, or a group of them: its primary key, in base64. Else the
    /// emulator keeps the one that it has, or makes one.
    std::optional<std::filesystem::path> key_file{};
    std::optional<std::string> group{};  ///< a group of that name, in place of individual enrollments
    /// The authority that signs the certificates of a group's devices, in PEM; else they have symmetric keys.
    std::optional<std::filesystem::path> ca_file{};
};

/// Creates or updates the enrollments in `enrollment_info`, the output of `device-agent enrollment-info
/// --format json` (an array, or one of its objects), or the group that the devices in it belong to (which may
/// be none yet); all or none. Returns what the emulator now has, each with "created": true or false. A
/// symmetric key that the caller did not bring is written to DATA/keys, and named as "keyFile". Throws Error:
/// usage for options that do not fit, refused for what the emulator does not take, network when none answers.
[[nodiscard]] nlohmann::json enroll(const EnrollOptions& options, const std::string& enrollment_info);

}  // namespace emulator
