// SPDX-License-Identifier: Apache-2.0
// A text line by line, as the files of a distribution are read.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

namespace device_agent::image {

[[nodiscard]] constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r';
}

/// Without the blanks at its ends.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Takes what lies before `separator` off the text, and the separator with it.
[[nodiscard]] constexpr std::string_view take_until(std::string_view& text, char separator) noexcept {
    const auto end = text.find(separator);
    if (end == std::string_view::npos) return std::exchange(text, {});
    const auto part = text.substr(0, end);
    text.remove_prefix(end + 1);
    return part;
}

/// Views into the text, which must outlive this.
class Lines {
public:
    explicit constexpr Lines(std::string_view text) : rest_(text) {}

    /// The next line without its end; nothing behind the last one.
    [[nodiscard]] constexpr std::optional<std::string_view> next() noexcept {
        if (at_end()) return std::nullopt;
        return take_until(rest_, '\n');
    }
    [[nodiscard]] constexpr bool at_end() const noexcept { return rest_.empty(); }

private:
    std::string_view rest_;
};

}  // namespace device_agent::image
