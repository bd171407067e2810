// SPDX-License-Identifier: Apache-2.0
#include "app_api/unit_name.hpp"

#include <algorithm>

namespace device_agent::app_api {
namespace {

constexpr std::size_t longest_name = 255;

// Cuts off and returns what stands before the first `separator`, or all.
std::string_view take_until(std::string_view& text, char separator) {
    const auto end = text.find(separator);
    const auto part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return part;
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
           c == '-' || c == '_' || c == '.' || c == '\\' || c == '@';
}

// systemd.unit(5): a prefix, perhaps @ and an instance, and the suffix.
bool is_name_of(std::string_view name, std::string_view suffix, bool may_be_instance) {
    if (name.size() > longest_name || !name.ends_with(suffix)) return false;
    name.remove_suffix(suffix.size());
    if (name.empty() || !std::ranges::all_of(name, is_name_character)) return false;
    const auto at = name.find('@');
    if (at == std::string_view::npos) return true;
    return may_be_instance && at > 0 && at + 1 < name.size();
}

// systemd puts an underscore before a name that the kernel would take for one of its own files.
std::string_view unescape(std::string_view component) {
    if (component.starts_with('_')) component.remove_prefix(1);
    return component;
}

std::optional<std::string> unit_of_path(std::string_view path) {
    if (!path.starts_with('/')) return std::nullopt;
    while (!path.empty()) {
        const auto name = unescape(take_until(path, '/'));
        if (name.empty() || is_name_of(name, ".slice", false)) continue;
        if (!is_unit_name(name) || name.starts_with("user@")) return std::nullopt;
        return std::string(name);
    }
    return std::nullopt;
}

// The paths of the two hierarchies in which systemd keeps units: its own one of version 1, and version 2.
struct Paths {
    std::string_view version_1;
    std::string_view version_2;
};

std::optional<Paths> find_paths(std::string_view cgroup_file) {
    Paths paths;
    while (!cgroup_file.empty()) {
        auto line = take_until(cgroup_file, '\n');
        const auto number = take_until(line, ':');
        const auto controllers = take_until(line, ':');
        auto* path = controllers == "name=systemd"          ? &paths.version_1
                     : number == "0" && controllers.empty() ? &paths.version_2
                                                            : nullptr;
        if (path == nullptr) continue;
        if (!path->empty()) return std::nullopt;
        *path = line;
    }
    return paths;
}

}  // namespace

bool is_unit_name(std::string_view name) {
    return is_name_of(name, ".service", true) || is_name_of(name, ".scope", true);
}

std::optional<std::string> unit_of(std::string_view cgroup_file) {
    const auto paths = find_paths(cgroup_file);
    if (!paths) return std::nullopt;
    // Where the one hierarchy is not systemd's, everything is in its root, or it is not there.
    const auto is_used = [](std::string_view path) { return !path.empty() && path != "/"; };
    if (!is_used(paths->version_1)) return unit_of_path(paths->version_2);
    auto unit = unit_of_path(paths->version_1);
    if (is_used(paths->version_2) && unit_of_path(paths->version_2) != unit) return std::nullopt;
    return unit;
}

}  // namespace device_agent::app_api
