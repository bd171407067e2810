// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/twin_limits.hpp"

#include "emulator/format_error.hpp"

namespace emulator::hub {
namespace {

using nlohmann::json;

// C0 or C1 at this place of UTF-8 text; how many bytes it takes.
std::size_t control_at(std::string_view text, std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 || byte == 0x7F) return 1;
    if (byte != 0xC2 || at + 1 == text.size()) return 0;
    const auto next = static_cast<unsigned char>(text[at + 1]);
    return next >= 0x80 && next <= 0x9F ? 2 : 0;
}

[[noreturn]] void refuse(std::string_view path, const std::string& why) {
    throw FormatError(std::string(path) + ' ' + why);
}

void check_key(const std::string& key, std::string_view path) {
    if (key.empty()) refuse(path, "has a member with an empty name");
    if (key.size() > longest_key) refuse(path, "has a name of more than 1 KB");
    for (std::size_t at = 0; at < key.size(); ++at) {
        if (key[at] == '.' || key[at] == '$' || key[at] == ' ' || control_at(key, at) != 0) {
            refuse(path, "has a name with '.', '$', a space or a control character");
        }
    }
}

void check_number(const json& value, std::string_view path) {
    const bool fits = value.is_number_unsigned()
                          ? value.get<std::uint64_t>() <= static_cast<std::uint64_t>(largest_integer)
                          : value.get<std::int64_t>() >= smallest_integer;
    if (!fits) refuse(path, "is an integer beyond 2^52");
}

void check_value(const json& value, const std::string& path, int depth) {
    if (value.is_string()) {
        if (value.get_ref<const std::string&>().size() > longest_text) refuse(path, "is longer than 4 KB");
    } else if (value.is_number_integer()) {
        check_number(value, path);
    } else if (value.is_object()) {
        if (depth > deepest_twin) refuse(path, "lies deeper than 10 levels");
        for (const auto& [key, child] : value.items()) {
            check_key(key, path);
            check_value(child, path + '.' + key.substr(0, 64), depth + 1);
        }
    } else if (value.is_array()) {
        if (depth > deepest_twin) refuse(path, "lies deeper than 10 levels");
        for (const auto& child : value) {
            if (child.is_null()) refuse(path, "is an array with null in it");
            check_value(child, path, depth + 1);
        }
    }
}

std::size_t text_size(std::string_view text) {
    std::size_t size = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto control = control_at(text, at);
        at += control == 0 ? 1 : control;
        size += control == 0 ? 1 : 0;
    }
    return size;
}

}  // namespace

void check_twin_values(const json& values, std::string_view part) {
    check_value(values, std::string(part), 0);
}

std::size_t twin_size(const json& values) {
    if (values.is_string()) return text_size(values.get_ref<const std::string&>());
    if (values.is_number()) return 8;
    if (values.is_boolean()) return 4;
    std::size_t size = 0;
    if (values.is_object()) {
        for (const auto& [key, child] : values.items())
            size += text_size(key) + twin_size(child);
    } else if (values.is_array()) {
        for (const auto& child : values)
            size += twin_size(child);
    }
    return size;
}

void check_twin_size(const json& values, std::size_t most, std::string_view part) {
    if (twin_size(values) > most) {
        refuse(part, "would be larger than " + std::to_string(most / 1024) + " KB");
    }
}

}  // namespace emulator::hub
