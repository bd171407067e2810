// SPDX-License-Identifier: Apache-2.0
#include "foundation/encoding.hpp"

#include <array>

namespace device_agent {
namespace {

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base32_alphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view lower_hex = "0123456789abcdef";
constexpr std::string_view upper_hex = "0123456789ABCDEF";

// A table of 256 values, -1 for a character outside the alphabet.
constexpr std::array<std::int8_t, 256> base64_values = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < base64_alphabet.size(); ++i) {
        values[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::int8_t>(i);
    }
    return values;
}();

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Calls emit(character) for each character of the encoding; one algorithm for ordinary and wiped memory.
template <typename Emit>
void base64_encode_to(ByteView bytes, Emit emit) {
    std::size_t at = 0;
    while (at < bytes.size()) {
        const std::size_t taken = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            group = (group << 8U) | (i < taken ? bytes[at + i] : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            emit(i <= taken ? base64_alphabet[(group >> (18U - 6U * i)) & 0x3fU] : '=');
        }
        at += taken;
    }
}

template <typename Container>
std::optional<Container> base64_decode_as(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    const std::string_view digits = text.substr(0, text.size() - padding);

    Container bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : digits) {
        const auto value = base64_values[static_cast<unsigned char>(c)];
        if (value < 0) return std::nullopt;
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes.push_back(static_cast<std::uint8_t>(bits >> held));
            bits &= (1U << held) - 1U;
        }
    }
    if (bits != 0) return std::nullopt;  // the unused bits of the last digit
    return bytes;
}

}  // namespace

std::string base64_encode(ByteView bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    base64_encode_to(bytes, [&](char c) { text.push_back(c); });
    return text;
}

SecretText base64_encode_secret(ByteView bytes) {
    SecretText text;
    base64_encode_to(bytes, [&](char c) { text += std::string_view(&c, 1); });
    return text;
}

std::optional<Bytes> base64_decode(std::string_view text) {
    return base64_decode_as<Bytes>(text);
}

std::optional<SecretBytes> base64_decode_secret(std::string_view text) {
    return base64_decode_as<SecretBytes>(text);
}

std::string base32_encode(ByteView bytes) {
    std::string text;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const auto byte : bytes) {
        bits = (bits << 8U) | byte;
        held += 8;
        while (held >= 5) {
            held -= 5;
            text.push_back(base32_alphabet[(bits >> held) & 0x1fU]);
        }
        bits &= (1U << held) - 1U;
    }
    if (held > 0) text.push_back(base32_alphabet[(bits << (5U - held)) & 0x1fU]);
    return text;
}

std::string hex_encode(ByteView bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const auto byte : bytes) {
        text.push_back(lower_hex[byte >> 4U]);
        text.push_back(lower_hex[byte & 0x0fU]);
    }
    return text;
}

std::optional<Bytes> hex_decode(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    Bytes bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
    }
    return bytes;
}

std::string percent_encode(std::string_view text) {
    std::string encoded;
    encoded.reserve(text.size() * 2);
    for (const char c : text) {
        const bool unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                                c == '-' || c == '.' || c == '_' || c == '~';
        if (unreserved) {
            encoded.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            encoded.push_back('%');
            encoded.push_back(upper_hex[byte >> 4U]);
            encoded.push_back(upper_hex[byte & 0x0fU]);
        }
    }
    return encoded;
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = hex_value(text[i + 1]);
        const int low = hex_value(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        decoded.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return decoded;
}

}  // namespace device_agent
