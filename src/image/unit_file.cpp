// SPDX-License-Identifier: Apache-2.0
#include "image/unit_file.hpp"

#include "image/lines.hpp"

namespace device_agent::image {

std::vector<UnitSetting> parse_unit_file(std::string_view text) {
    std::vector<UnitSetting> settings;
    std::string section;
    std::string logical;
    unsigned begin = 0;
    unsigned number = 0;
    for (Lines lines(text); const auto line = lines.next();) {
        ++number;
        const auto trimmed = trim(*line);
        // A comment may also stand between the lines that a backslash joins.
        if (trimmed.starts_with('#') || trimmed.starts_with(';')) continue;
        if (logical.empty()) begin = number;
        if (trimmed.ends_with('\\') && !lines.at_end()) {
            logical.append(trimmed.substr(0, trimmed.size() - 1)).append(1, ' ');
            continue;
        }
        logical += trimmed;
        const auto whole = trim(logical);
        if (whole.starts_with('[') && whole.ends_with(']')) {
            section = whole.substr(1, whole.size() - 2);
        } else if (const auto equals = whole.find('=');
                   equals != std::string_view::npos && !section.empty()) {
            settings.push_back({section, std::string(trim(whole.substr(0, equals))),
                                std::string(trim(whole.substr(equals + 1))), begin});
        }
        logical.clear();
    }
    return settings;
}

std::vector<std::string> unit_words(std::string_view value) {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = '\0';
    for (const char c : value) {
        if (quote != '\0') {
            if (c == quote) {
                quote = '\0';
            } else {
                word += c;
            }
        } else if (c == '"' || c == '\'') {
            quote = c;
            in_word = true;
        } else if (is_blank(c)) {
            if (in_word) words.push_back(std::move(word));
            word.clear();
            in_word = false;
        } else {
            word += c;
            in_word = true;
        }
    }
    if (in_word) words.push_back(std::move(word));
    return words;
}

}  // namespace device_agent::image
