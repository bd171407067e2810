// SPDX-License-Identifier: Apache-2.0
#include "output.hpp"

#include "image/printable.hpp"

#include <ostream>

namespace device_agent::image_app {

using Json = nlohmann::ordered_json;

namespace {

void print_list(std::ostream& out, const char* title, const std::vector<std::string>& names) {
    if (names.empty()) return;
    out << "; " << title;
    for (const auto& name : names)
        out << ' ' << image::printable(name);
}

}  // namespace

void print(std::ostream& out, const Json& json) {
    constexpr int indent = 2;
    out << json.dump(indent, ' ', false, Json::error_handler_t::replace) << std::endl;
}

Json to_json(const image::Application& application) {
    const auto& declaration = application.declaration;
    auto reasons = Json::array();
    for (const auto& [kind, origin, text] : application.reasons)
        reasons.push_back({{"kind", kind}, {"file", origin.file}, {"line", origin.line}, {"text", text}});
    Json json{{"name", declaration.name},
              {"status", application.is_candidate() ? "candidate" : "declared"},
              {"confidence", to_text(application.confidence)},
              {"identity", declaration.device_identity ? "device" : "module"},
              {"origin", {{"file", declaration.origin.file}, {"line", declaration.origin.line}}},
              {"description", declaration.description},
              {"users", declaration.users},
              {"groups", declaration.groups},
              {"units", declaration.units},
              {"package", application.package},
              {"reasons", std::move(reasons)}};
    if (declaration.slot) json["wantedSlot"] = *declaration.slot;
    return json;
}

Json to_json(const std::vector<image::Application>& applications) {
    auto array = Json::array();
    for (const auto& application : applications)
        array.push_back(to_json(application));
    return array;
}

Json to_json(const std::vector<config::Problem>& problems) {
    auto array = Json::array();
    for (const auto& problem : problems) {
        array.push_back({{"file", problem.file},
                         {"line", problem.line},
                         {"column", problem.column},
                         {"key", problem.key},
                         {"reason", problem.reason},
                         {"remedy", problem.remedy}});
    }
    return array;
}

std::string_view to_text(image::Confidence confidence) noexcept {
    switch (confidence) {
        case image::Confidence::declared:
            return "declared";
        case image::Confidence::likely:
            return "likely";
        case image::Confidence::possible:
            break;
    }
    return "possible";
}

void print(std::ostream& out, const image::Application& application) {
    const auto& declaration = application.declaration;
    out << image::printable(declaration.name) << ": " << to_text(application.confidence);
    if (declaration.device_identity) out << "; the device identity";
    if (declaration.slot) out << "; wants slot " << *declaration.slot;
    print_list(out, "users", declaration.users);
    print_list(out, "groups", declaration.groups);
    print_list(out, "units", declaration.units);
    if (!application.package.empty()) out << "; package " << image::printable(application.package);
    out << '\n';
    for (const auto& [kind, origin, text] : application.reasons) {
        out << "    " << image::printable(origin.file);
        if (origin.line > 0) out << ':' << origin.line;
        out << ": " << text << '\n';
    }
}

}  // namespace device_agent::image_app
