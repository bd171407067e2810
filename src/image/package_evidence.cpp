// SPDX-License-Identifier: Apache-2.0
#include "image/package_evidence.hpp"

#include "config/parse.hpp"
#include "image/lines.hpp"
#include "image/software.hpp"

#include <array>

namespace device_agent::image {
namespace {

constexpr std::string_view modules_folder = "/node_modules/";
// Where npm installs programs for everybody: their packages belong to no other.
constexpr std::array<std::string_view, 2> global_modules{"/usr/lib/node_modules/",
                                                         "/usr/local/lib/node_modules/"};

std::string folder_of(std::string_view path) {
    return std::string(path.substr(0, path.rfind('/')));
}

bool is_library_of_another(std::string_view path) {
    for (const auto folder : global_modules) {
        if (path.starts_with(folder)) path.remove_prefix(folder.size() - 1);
    }
    return path.find(modules_folder) != std::string_view::npos;
}

// Keeps what says more.
void note(std::optional<Evidence>& evidence, std::optional<Use> use, std::string_view name, unsigned line) {
    if (!use || (evidence && evidence->use <= *use)) return;
    evidence.emplace();
    evidence->use = *use;
    evidence->uses = name;
    evidence->origin.line = line;
}

// "Requires-Dist: paho-mqtt (>=1.5); extra == 'mqtt'" and the lines of requires.txt: the name comes first.
// What only an extra needs is not installed with the package.
std::string_view requirement_name(std::string_view text) {
    text = trim(text);
    if (text.find("extra ==") != std::string_view::npos) return {};
    return text.substr(0, text.find_first_of(" \t(<>=!~;["));
}

// From the name of the folder: azure_app-1.2.dist-info.
std::string name_of_distribution(std::string_view folder) {
    folder.remove_prefix(folder.rfind('/') + 1);
    return std::string(folder.substr(0, folder.find('-')));
}

}  // namespace

bool is_node_package_file(std::string_view path) {
    return path.ends_with("/package.json") && !is_library_of_another(path);
}

bool is_python_package_file(std::string_view path) {
    return path.ends_with(".dist-info/METADATA") || path.ends_with(".egg-info/requires.txt") ||
           path.ends_with(".egg-info/PKG-INFO");
}

std::optional<Evidence> node_evidence(const std::string& path, std::string_view text) {
    if (text.find("azure-iot-") == std::string_view::npos && text.find("mqtt") == std::string_view::npos)
        return std::nullopt;  // most packages; not worth a parser
    std::vector<config::Problem> ignored;
    const auto document = config::parse(path, text, ignored);
    if (!document) return std::nullopt;
    std::string name = folder_of(path);
    name.erase(0, name.rfind('/') + 1);
    if (const auto* written = document->find("name"); written != nullptr && !written->text.empty())
        name = written->text;
    if (use_of_node_package(name)) return std::nullopt;  // the SDK itself
    std::optional<Evidence> evidence;
    if (const auto* dependencies = document->find("dependencies")) {
        for (const auto& member : dependencies->members)
            note(evidence, use_of_node_package(member.name), member.name, member.place.line);
    }
    if (!evidence) return std::nullopt;
    evidence->kind = Evidence::Kind::node;
    evidence->origin.file = path;
    evidence->name = name;
    evidence->folder = folder_of(path);
    return evidence;
}

std::optional<Evidence> python_evidence(const std::string& path, std::string_view text) {
    const auto folder = folder_of(path);
    const auto name = name_of_distribution(folder);
    if (use_of_python_package(name)) return std::nullopt;  // the SDK itself
    const bool is_list = path.ends_with("/requires.txt");
    std::optional<Evidence> evidence;
    unsigned number = 0;
    for (Lines lines(text); auto line = lines.next();) {
        ++number;
        if (is_list ? line->starts_with('[') : line->empty()) break;  // extras; the description
        if (!is_list && take_until(*line, ':') != "Requires-Dist") continue;
        const auto required = requirement_name(*line);
        note(evidence, use_of_python_package(required), required, number);
    }
    if (!evidence) return std::nullopt;
    evidence->kind = Evidence::Kind::python;
    evidence->origin.file = path;
    evidence->name = name;
    evidence->folder = folder;
    return evidence;
}

}  // namespace device_agent::image
