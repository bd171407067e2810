// SPDX-License-Identifier: Apache-2.0
#include "config/token_locator.hpp"

#include <algorithm>

namespace device_agent::config {
namespace {

constexpr std::string_view white_space = " \t\r\n";
constexpr std::string_view brackets = "{}[]";

}  // namespace

Position TokenLocator::next() noexcept {
    skip_gap(",:");
    last_offset_ = offset_;
    last_position_ = position_;
    if (offset_ == text_.size()) return last_position_;
    if (text_[offset_] == '"') {
        skip_string();
    } else if (brackets.find(text_[offset_]) != std::string_view::npos) {
        skip_to(offset_ + 1);
    } else {
        // A number or a word goes on to whatever may stand behind it.
        skip_to(text_.find_first_of(" \t\r\n,:/{}[]\"", offset_));
    }
    return last_position_;
}

void TokenLocator::skip_gap(std::string_view separators) noexcept {
    while (offset_ < text_.size()) {
        const char c = text_[offset_];
        if (white_space.find(c) != std::string_view::npos || separators.find(c) != std::string_view::npos) {
            skip_to(offset_ + 1);
        } else if (c != '/' || !skip_comment()) {
            return;
        }
    }
}

bool TokenLocator::skip_comment() noexcept {
    const auto rest = text_.substr(offset_);
    if (rest.starts_with("//")) {
        skip_to(text_.find_first_of("\r\n", offset_));
        return true;
    }
    if (!rest.starts_with("/*")) return false;
    const auto end = text_.find("*/", offset_ + 2);
    if (end == std::string_view::npos) return false;
    skip_to(end + 2);
    return true;
}

void TokenLocator::skip_string() noexcept {
    auto end = offset_ + 1;
    while (end < text_.size() && text_[end] != '"')
        end += text_[end] == '\\' ? 2U : 1U;
    skip_to(end + 1);
}

void TokenLocator::skip_to(std::size_t offset) noexcept {
    const auto end = std::min(offset, text_.size());
    for (; offset_ < end; ++offset_) {
        const auto byte = static_cast<unsigned char>(text_[offset_]);
        if (byte == '\n') {
            ++position_.line;
            position_.column = 1;
        } else if ((byte & 0xc0U) != 0x80U) {
            ++position_.column;
        }
    }
}

}  // namespace device_agent::config
