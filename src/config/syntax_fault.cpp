// SPDX-License-Identifier: Apache-2.0
#include "config/syntax_fault.hpp"

#include "config/text.hpp"

#include <algorithm>

namespace device_agent::config {
namespace {

// The separators that may stand between the last token and the fault, and what is wanted before and behind
// them.
struct Wanted {
    std::string_view separator;
    std::string_view before;
    std::string_view behind;
};

Wanted wanted(Expected expected) {
    switch (expected) {
        case Expected::document:
            return {"", "an object in { }", ""};
        case Expected::key_or_end:
            return {"", "a key in double quotes or }", ""};
        case Expected::value_after_key:
            return {":", "a colon", "a value"};
        case Expected::comma_or_brace:
            return {",", "a comma or }", "a key in double quotes"};
        case Expected::element_or_end:
            return {"", "a value or ]", ""};
        case Expected::comma_or_bracket:
            return {",", "a comma or ]", "a value"};
        case Expected::nothing:
            break;
    }
    return {"", "the end of the file", ""};
}

bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '.' || c == '$';
}

// The word or number at the start of `text`, or its first character.
std::string_view leading_token(std::string_view text) {
    const auto end = std::ranges::find_if_not(text, is_word_character);
    const auto length = static_cast<std::size_t>(end - text.begin());
    if (length > 0) return text.substr(0, length);
    std::size_t character = 1;
    while (character < text.size() && (static_cast<unsigned char>(text[character]) & 0xc0U) == 0x80U)
        ++character;
    return text.substr(0, character);
}

SyntaxFault string_fault(TokenLocator locator, std::size_t offset) {
    const Position start = locator.position();
    const std::string_view rest = locator.rest();
    const std::size_t length = offset - locator.offset();
    if (length >= rest.size() || rest[length] == '\n' || rest[length] == '\r') {
        return {start, "the string that begins here is not closed on its line",
                "Close it with a double quote."};
    }
    locator.skip_to(offset);
    if (static_cast<unsigned char>(rest[length]) < 0x20) {
        return {locator.position(), "a control character stands in a string",
                "Write it as an escape, such as \\t."};
    }
    return {locator.position(), "a backslash in a string is followed by what is no escape",
            "Write a backslash twice to mean itself."};
}

SyntaxFault token_fault(Position position, std::string_view token) {
    if (token.front() == '-' || (token.front() >= '0' && token.front() <= '9')) {
        return {position, quote(token) + " is no number",
                "Write a decimal number without leading zeros; a hexadecimal one goes in double quotes."};
    }
    return {position, quote(token) + " is no JSON value",
            "Put a text in double quotes; else write true, false or null."};
}

bool wants_value(std::string_view wanted) {
    return wanted == "a value" || wanted == "a value or ]";
}

std::string remedy_for(std::string_view wants, std::string_view found, bool behind_separator) {
    if (found == "'") return "Use double quotes.";
    if (behind_separator && (found == "}" || found == "]")) {
        return wants_value(wants) && found == "}" ? "Write the value." : "Remove the comma before it.";
    }
    if (found == "#") return "Begin a comment with //.";
    if (wants.starts_with("a comma")) return "Put a comma between the two, or close what is open.";
    if (wants == "a colon") return "Put a colon between the key and its value.";
    if (wants.starts_with("a key")) return "Put the key in double quotes.";
    if (wants_value(wants)) return "Write the value.";
    return wants == "the end of the file" ? "Remove what stands behind the last }."
                                          : "Begin the file with {.";
}

}  // namespace

SyntaxFault describe_fault(TokenLocator locator, Expected expected, std::size_t offset) {
    // The parser stopped inside what looked like one number or word: 01, 0x10, truely.
    if (offset < locator.offset() && !locator.last_token().empty()) {
        return token_fault(locator.last_position(), locator.last_token());
    }
    const Wanted want = wanted(expected);
    locator.skip_gap("");
    bool behind_separator = false;
    if (!want.separator.empty() && locator.rest().starts_with(want.separator)) {
        behind_separator = true;
        locator.skip_to(locator.offset() + 1);
        locator.skip_gap("");
    }
    const std::string wants(behind_separator ? want.behind : want.before);
    const std::string_view found = leading_token(locator.rest());
    if (found.empty()) {
        return {locator.position(), "the file ends where " + wants + " is expected",
                expected == Expected::document ? "Begin the file with {."
                                               : "The file is cut off, or a bracket is not closed."};
    }
    if (locator.rest().starts_with("/*")) {
        return {locator.position(), "the comment that begins here is not closed", "Close it with */."};
    }
    const bool text_expected = wants_value(wants) || wants.starts_with("a key");
    if (found == "\"" && text_expected) return string_fault(locator, offset);
    if (wants_value(wants) && is_word_character(found.front())) return token_fault(locator.position(), found);
    // A string may be a secret that slipped out of its place.
    const std::string what = found == "\"" ? "a string" : quote(found);
    return {locator.position(), "found " + what + " where " + wants + " is expected",
            remedy_for(wants, found, behind_separator)};
}

}  // namespace device_agent::config
