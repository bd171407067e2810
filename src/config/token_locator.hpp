// SPDX-License-Identifier: Apache-2.0
// Finds where the tokens of a JSON text stand. The parser that reports the tokens gives no positions, so this
// walks the same text in step with it, one token for each of its reports.
#pragma once

#include <cstddef>
#include <string_view>

namespace device_agent::config {

struct Position {
    unsigned line = 1;    ///< from 1
    unsigned column = 1;  ///< from 1, in characters
};

class TokenLocator {
public:
    explicit TokenLocator(std::string_view text) noexcept : text_(text) {}

    /// Steps over the next bracket, string, number or word, and says where it began. The parser has accepted
    /// the text up to the end of that token.
    Position next() noexcept;

    /// Steps over white space and comments, and over what `separators` names. Stays before anything else, and
    /// before a comment that is not closed.
    void skip_gap(std::string_view separators) noexcept;
    /// Steps forward to `offset`, or to the end of the text.
    void skip_to(std::size_t offset) noexcept;

    [[nodiscard]] Position position() const noexcept { return position_; }
    [[nodiscard]] std::size_t offset() const noexcept { return offset_; }
    /// The token that next() stepped over last.
    [[nodiscard]] std::string_view last_token() const noexcept {
        return text_.substr(last_offset_, offset_ - last_offset_);
    }
    [[nodiscard]] Position last_position() const noexcept { return last_position_; }
    /// What lies ahead.
    [[nodiscard]] std::string_view rest() const noexcept { return text_.substr(offset_); }

private:
    bool skip_comment() noexcept;
    void skip_string() noexcept;

    std::string_view text_;
    std::size_t offset_ = 0;
    Position position_;
    std::size_t last_offset_ = 0;
    Position last_position_;
};

}  // namespace device_agent::config
