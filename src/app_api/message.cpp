// SPDX-License-Identifier: Apache-2.0
#include "app_api/message.hpp"

#include <algorithm>
#include <array>

namespace device_agent::app_api {
namespace {

constexpr int full_weight = 1000;

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view take_until(std::string_view& text, char separator) {
    const auto end = text.find(separator);
    const auto part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return trim(part);
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

// "0.25" is 250; what is no weight counts as none was given.
int parse_weight(std::string_view text) {
    if (text.empty() || (text[0] != '0' && text[0] != '1')) return full_weight;
    int weight = (text[0] - '0') * full_weight;
    int unit = full_weight / 10;
    for (std::size_t i = 2; i < text.size() && unit > 0; ++i, unit /= 10) {
        if (text[i] < '0' || text[i] > '9') break;
        weight += (text[i] - '0') * unit;
    }
    return std::min(weight, full_weight);
}

std::optional<Format> find_format(std::string_view media_type) {
    struct Row {
        std::string_view media_type;
        Format format;
    };
    static constexpr std::array<Row, 6> rows{{
        {"application/json", Format::json},
        {"application/problem+json", Format::json},
        {"application/*", Format::json},
        {"*/*", Format::json},
        {"text/plain", Format::text},
        {"application/x-ndjson", Format::steps},
    }};
    const auto name = lower(media_type);
    const auto* row = std::ranges::find(rows, name, &Row::media_type);
    if (row == rows.end()) return std::nullopt;
    return row->format;
}

}  // namespace

Format format_for(std::string_view accept) {
    Format best = Format::json;
    int best_weight = 0;
    while (!accept.empty()) {
        auto parameters = take_until(accept, ',');
        const auto format = find_format(take_until(parameters, ';'));
        int weight = full_weight;
        while (!parameters.empty()) {
            const auto parameter = lower(take_until(parameters, ';'));
            if (parameter.starts_with("q=")) weight = parse_weight(std::string_view(parameter).substr(2));
        }
        if (!format || weight <= best_weight) continue;
        best = *format;
        best_weight = weight;
    }
    return best;
}

}  // namespace device_agent::app_api
