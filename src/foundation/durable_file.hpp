// SPDX-License-Identifier: Apache-2.0
// Files that survive a power cut: whole and old, or whole and new, never in between.
#pragma once

#include "foundation/bytes.hpp"
#include "foundation/secret.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace device_agent {

/// Writes a temporary file beside `path`, fsyncs it, renames it over `path`, and fsyncs the folder. The file
/// is made with `mode` (further restricted by nothing: the umask is not applied). Throws Error{state} and
/// leaves the old file as it was.
void write_durably(const std::filesystem::path& path, std::string_view content, unsigned mode = 0600);

/// Renames within one folder and fsyncs it. Throws Error{state}.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// Removes the file, if there is one, and fsyncs its folder. Throws Error{state}.
void remove_durably(const std::filesystem::path& path);

/// The whole file, or nothing when there is none. Throws Error{state} when it cannot be read or is larger
/// than `limit` bytes.
[[nodiscard]] std::optional<std::string> read_file(const std::filesystem::path& path,
                                                   std::size_t limit = 1U << 20U);
/// The same for a file that holds a key: no copy is left in ordinary memory.
[[nodiscard]] std::optional<SecretText> read_secret_file(const std::filesystem::path& path,
                                                         std::size_t limit = 1U << 20U);

}  // namespace device_agent
