// SPDX-License-Identifier: Apache-2.0
// The words of IoT Hub's query language.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace emulator::hub::query {

/// The names between the dots: {"tags", "location", "city"}.
using Path = std::vector<std::string>;

enum class TokenKind { path, literal, symbol, end };

struct Token {
    TokenKind kind = TokenKind::end;
    std::size_t position = 1;   ///< of its first character, counted from 1, for messages
    Path path{};                ///< of a path; a keyword or a function's name is one of a single segment
    nlohmann::json value{};     ///< of a literal: a text or a number
    std::string_view symbol{};  ///< one of = != <> < > <= >= ( ) [ ] , *
};

/// The last token is `end`. Throws FormatError, with the position.
[[nodiscard]] std::vector<Token> tokenize(std::string_view text);

/// Throws FormatError: "position 12: …".
[[noreturn]] void fail_at(std::size_t position, const std::string& why);

}  // namespace emulator::hub::query
