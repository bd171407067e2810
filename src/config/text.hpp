// SPDX-License-Identifier: Apache-2.0
// UTF-8, and text from outside made fit for a message.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace device_agent::config {

/// The offset of the first byte that is not well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
[[nodiscard]] std::optional<std::size_t> find_invalid_utf8(std::string_view text) noexcept;

/// Code points of well-formed UTF-8, as a JSON schema counts a string's length.
[[nodiscard]] std::size_t count_characters(std::string_view text) noexcept;

/// In double quotes, on one line, control characters escaped as in JSON, and cut where it is long: text from
/// a file must not be able to write to the reader's terminal.
[[nodiscard]] std::string quote(std::string_view text, std::size_t longest = 64);

/// `path` with one more name, or `name` alone. A name that could be misread is put as `["name"]`.
[[nodiscard]] std::string join_key(std::string_view path, std::string_view name);
/// The path of a list's element: `applications.AppB.users[0]`.
[[nodiscard]] std::string join_index(std::string_view path, std::size_t index);

}  // namespace device_agent::config
