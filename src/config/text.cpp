// SPDX-License-Identifier: Apache-2.0
#include "config/text.hpp"

#include <algorithm>

namespace device_agent::config {
namespace {

constexpr std::size_t longest_plain_name = 64;

bool is_continuation(unsigned char byte) noexcept {
    return (byte & 0xc0U) == 0x80U;
}

bool in(unsigned char byte, unsigned low, unsigned high) noexcept {
    return byte >= low && byte <= high;
}

// The length of the well-formed sequence that `text` begins with, 0 when there is none (RFC 3629, section 4).
std::size_t sequence_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t at) {
        return static_cast<unsigned char>(at < text.size() ? text[at] : 0);
    };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    if (in(first, 0xc2, 0xdf)) return is_continuation(byte(1)) ? 2 : 0;
    if (in(first, 0xe0, 0xef)) {
        const bool second = in(byte(1), first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
        return second && is_continuation(byte(2)) ? 3 : 0;
    }
    if (in(first, 0xf0, 0xf4)) {
        const bool second = in(byte(1), first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
        return second && is_continuation(byte(2)) && is_continuation(byte(3)) ? 4 : 0;
    }
    return 0;
}

void append_escaped(std::string& out, std::string_view character) {
    static constexpr std::string_view digits = "0123456789abcdef";
    const auto first = static_cast<unsigned char>(character.front());
    // U+0080 to U+009F are control characters too: some terminals obey them.
    const bool high_control =
        first == 0xc2 && character.size() == 2 && static_cast<unsigned char>(character[1]) < 0xa0;
    if (first == '"' || first == '\\') {
        out += '\\';
        out += character;
    } else if (first < 0x20 || first == 0x7f || high_control) {
        const auto code = static_cast<unsigned char>(character.back());
        out += "\\u00";
        out += digits[code >> 4U];
        out += digits[code & 0x0fU];
    } else {
        out += character;
    }
}

}  // namespace

std::optional<std::size_t> find_invalid_utf8(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        const auto length = sequence_length(text.substr(at));
        if (length == 0) return at;
        at += length;
    }
    return std::nullopt;
}

std::size_t count_characters(std::string_view text) noexcept {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return !is_continuation(static_cast<unsigned char>(c)); }));
}

std::string quote(std::string_view text, std::size_t longest) {
    std::string out = "\"";
    std::size_t characters = 0;
    for (std::size_t at = 0; at < text.size(); ++characters) {
        if (characters == longest) {
            out += "…";
            break;
        }
        // A path may hold bytes that are no UTF-8; each is shown as the replacement character.
        const auto length = sequence_length(text.substr(at));
        if (length == 0) {
            out += "\xef\xbf\xbd";
        } else {
            append_escaped(out, text.substr(at, length));
        }
        at += std::max<std::size_t>(length, 1);
    }
    return out + '"';
}

std::string join_key(std::string_view path, std::string_view name) {
    const auto plain = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-' || c == '$';
    };
    if (name.empty() || name.size() > longest_plain_name || !std::ranges::all_of(name, plain)) {
        return std::string(path) + '[' + quote(name) + ']';
    }
    return path.empty() ? std::string(name) : std::string(path) + '.' + std::string(name);
}

std::string join_index(std::string_view path, std::size_t index) {
    return std::string(path) + '[' + std::to_string(index) + ']';
}

}  // namespace device_agent::config
