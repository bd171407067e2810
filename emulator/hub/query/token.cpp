// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/query/token.hpp"

#include "emulator/ascii.hpp"
#include "emulator/format_error.hpp"

#include <array>
#include <charconv>
#include <optional>

namespace emulator::hub::query {
namespace {

constexpr std::size_t longest_text = 16U * 1024U;
// Longer ones first.
constexpr std::array<std::string_view, 13> symbols{"!=", "<>", "<=", ">=", "=", "<", ">",
                                                   "(",  ")",  "[",  "]",  ",", "*"};

bool starts_name(char c) {
    return is_alphanumeric(c) || c == '_' || c == '$';
}
bool continues_name(char c) {
    return starts_name(c) || c == '-';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Token next() {
        while (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r')))
            ++at_;
        start_ = at_;
        if (at_ == text_.size()) return {.position = position()};
        const char c = text_[at_];
        if (c == '\'' || c == '"') return literal(quoted(c));
        if (is_digit(c) || (c == '-' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
            return literal(number());
        }
        if (starts_name(c)) return {.kind = TokenKind::path, .position = position(), .path = path()};
        for (const auto symbol : symbols) {
            if (!text_.substr(at_).starts_with(symbol)) continue;
            at_ += symbol.size();
            return {.kind = TokenKind::symbol, .position = position(), .symbol = symbol};
        }
        fail_at(position(), "no word, number, text or operator begins with this character");
    }

private:
    [[nodiscard]] std::size_t position() const { return start_ + 1; }

    [[nodiscard]] Token literal(nlohmann::json value) const {
        return {.kind = TokenKind::literal, .position = position(), .value = std::move(value)};
    }

    // tags.location.[[a name with dots]].x
    Path path() {
        Path path{name()};
        while (at_ < text_.size() && text_[at_] == '.') {
            ++at_;
            path.push_back(text_.substr(at_).starts_with("[[") ? bracketed() : name());
        }
        return path;
    }

    std::string name() {
        const auto begin = at_;
        while (at_ < text_.size() && continues_name(text_[at_]))
            ++at_;
        if (at_ == begin) fail_at(at_ + 1, "a name is missing behind the dot");
        return std::string(text_.substr(begin, at_ - begin));
    }

    std::string bracketed() {
        const auto end = text_.find("]]", at_);
        if (end == std::string_view::npos) fail_at(at_ + 1, "this [[ has no ]]");
        auto inner = std::string(text_.substr(at_ + 2, end - at_ - 2));
        at_ = end + 2;
        return inner;
    }

    nlohmann::json number() {
        const auto* begin = text_.data() + at_;
        const auto* end = text_.data() + text_.size();
        std::int64_t whole = 0;
        const auto [rest, error] = std::from_chars(begin, end, whole);
        double real = 0;
        const auto [real_rest, real_error] = std::from_chars(begin, end, real);
        if (real_error != std::errc{}) fail_at(position(), "this number is too large");
        at_ += static_cast<std::size_t>(real_rest - begin);
        if (at_ < text_.size() && starts_name(text_[at_])) fail_at(position(), "this is no number");
        if (error == std::errc{} && rest == real_rest) return whole;
        return real;
    }

    // The escapes are \', \", \\ and \uXXXX.
    std::string quoted(char quote) {
        std::string content;
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == quote) {
                ++at_;
                return content;
            }
            if (text_[at_] != '\\') {
                content.push_back(text_[at_]);
            } else {
                escape(content);
            }
        }
        fail_at(position(), "this text has no end");
    }

    // Leaves at_ on the escape's last character.
    void escape(std::string& content) {
        const char kind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (kind == '\'' || kind == '"' || kind == '\\') {
            content.push_back(kind);
            ++at_;
            return;
        }
        unsigned code = 0;
        const auto digits = text_.substr(std::min(at_ + 2, text_.size())).substr(0, 4);
        const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
        const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        if (kind != 'u' || error != std::errc{} || digits.size() != 4 || rest != digits.data() + 4 ||
            surrogate) {
            fail_at(at_ + 1, R"(the escapes of a text are \', \", \\ and \uXXXX)");
        }
        append_utf8(content, code);
        at_ += 5;
    }

    static void append_utf8(std::string& content, unsigned code) {
        if (code < 0x80) {
            content.push_back(static_cast<char>(code));
            return;
        }
        if (code < 0x800) {
            content.push_back(static_cast<char>(0xC0U | (code >> 6U)));
        } else {
            content.push_back(static_cast<char>(0xE0U | (code >> 12U)));
            content.push_back(static_cast<char>(0x80U | ((code >> 6U) & 0x3FU)));
        }
        content.push_back(static_cast<char>(0x80U | (code & 0x3FU)));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t start_ = 0;  // of the token
};

}  // namespace

void fail_at(std::size_t position, const std::string& why) {
    throw FormatError("the query is wrong at position " + std::to_string(position) + ": " + why);
}

std::vector<Token> tokenize(std::string_view text) {
    if (text.size() > longest_text) throw FormatError("a query has at most 16 KB");
    Lexer lexer(text);
    std::vector<Token> tokens;
    do {
        tokens.push_back(lexer.next());
    } while (tokens.back().kind != TokenKind::end);
    return tokens;
}

}  // namespace emulator::hub::query
