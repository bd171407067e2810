// SPDX-License-Identifier: Apache-2.0
// The configuration stage: what the image builder wants, read from a file and its drop-ins. All functions are
// pure apart from reading files, and may be called from any thread.
#pragma once

#include "config/configuration.hpp"

#include <filesystem>
#include <string>

namespace device_agent::config {

/// Where the configuration is when the command line names no other file.
inline constexpr const char* default_file = "/etc/device-agent/device-agent.json";

/// Reads `file`, merges `device-agent.d/*.json` beside it in name order, checks every rule and reads the
/// files that hold passwords. Throws ConfigurationError with all problems at once; the file that cannot be
/// read is one of them.
[[nodiscard]] Configuration load(const std::filesystem::path& file);

/// The same for who asks the daemon, and may have no right to the files that the configuration names: they
/// are not looked at, and so there are no passwords.
[[nodiscard]] Configuration load_without_named_files(const std::filesystem::path& file);

/// A JSON schema (draft 2020-12) of one configuration file that stands alone. It knows every rule of a single
/// value and of required keys; the rules across keys and files are load()'s alone.
[[nodiscard]] std::string schema();

/// A commented sample configuration that load() accepts.
[[nodiscard]] std::string example();

/// The configuration as it takes effect: JSON, each default filled in, secrets replaced by "(redacted)".
[[nodiscard]] std::string show(const Configuration& configuration);

}  // namespace device_agent::config
