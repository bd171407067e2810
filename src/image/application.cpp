// SPDX-License-Identifier: Apache-2.0
#include "image/application.hpp"

#include "config/text.hpp"
#include "image/printable.hpp"

#include <algorithm>
#include <map>

namespace device_agent::image {
namespace {

std::string place_of(const Origin& origin) {
    return printable(origin.file) + (origin.line > 0 ? ':' + std::to_string(origin.line) : "");
}

std::string describe(const Evidence& evidence) {
    const auto what = [&] {
        switch (evidence.use) {
            case Use::azure_sdk:
                return "the Azure IoT SDK";
            case Use::device_agent_library:
                return "the Device Agent's library";
            case Use::mqtt_client:
                break;
        }
        return "an MQTT client";
    }();
    const bool is_program = evidence.kind == Evidence::Kind::elf;
    std::string text = printable(evidence.name) + (is_program ? " links " : " depends on ") + what + " (" +
                       printable(evidence.uses);
    if (!evidence.through.empty()) text += ", through " + printable(evidence.through);
    return text + ')';
}

std::string_view kind_of(const Evidence& evidence) {
    switch (evidence.kind) {
        case Evidence::Kind::node:
            return "node";
        case Evidence::Kind::python:
            return "python";
        case Evidence::Kind::elf:
            break;
    }
    return "elf";
}

bool lies_below(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

class Finder {
public:
    Finder(const Facts& facts, std::vector<config::Problem>& problems) : facts_(facts), problems_(problems) {}

    std::vector<Application> find() {
        for (const auto& manifest : facts_.manifests)
            declare(manifest, "manifest");
        for (const auto& unit : facts_.units) {
            if (unit.declaration && !unit.masked) declare_unit(unit);
        }
        name_packages();
        for (const auto& evidence : facts_.evidence)
            attach(evidence);
        std::vector<Application> all;
        for (auto* applications : {&declared_, &candidates_}) {
            for (auto& [name, application] : *applications)
                all.push_back(std::move(application));
        }
        return all;
    }

private:
    using ByName = std::map<std::string, Application>;

    void refuse(const Origin& at, std::string key, std::string reason, std::string remedy) {
        problems_.push_back(
            {printable(at.file), at.line, 1, std::move(key), std::move(reason), std::move(remedy)});
    }

    void declare(const Declaration& declaration, std::string_view kind) {
        const auto [known, added] = declared_.try_emplace(declaration.name);
        if (!added) {
            return refuse(declaration.origin, kind == "manifest" ? "name" : "X-DeviceAgent",
                          "declares " + config::quote(declaration.name) + ", which " +
                              place_of(known->second.declaration.origin) + " declares already",
                          "Give each application a name of its own; one manifest may list several units.");
        }
        known->second.declaration = declaration;
        known->second.reasons.push_back({kind, declaration.origin, "declares the application"});
    }

    // A unit may point to the manifest that lists it.
    void declare_unit(const Unit& unit) {
        const auto known = declared_.find(unit.declaration->name);
        if (known == declared_.end() || std::ranges::find(known->second.declaration.units, unit.name) ==
                                            known->second.declaration.units.end()) {
            return declare(*unit.declaration, "unit");
        }
        known->second.reasons.push_back({"unit", unit.declaration->origin, "declares the application, too"});
    }

    void name_packages() {
        for (auto& [name, application] : declared_) {
            for (const auto& unit : facts_.units) {
                if (std::ranges::count(application.declaration.units, unit.name) > 0 && !unit.package.empty())
                    application.package = unit.package;
            }
        }
    }

    [[nodiscard]] const Unit* unit_that_runs(const Evidence& evidence) const {
        const auto found = std::ranges::find_if(facts_.units, [&](const Unit& unit) {
            if (unit.masked || !unit.alias_of.empty()) return false;
            if (evidence.kind == Evidence::Kind::elf)
                return std::ranges::find(unit.programs, evidence.file) != unit.programs.end();
            return std::ranges::any_of(
                unit.arguments, [&](const std::string& path) { return lies_below(path, evidence.folder); });
        });
        return found == facts_.units.end() ? nullptr : &*found;
    }

    // The declared application that the evidence is about: by its unit, its package or its name.
    Application* owner_of(const Evidence& evidence, const Unit* unit) {
        for (auto& [name, application] : declared_) {
            const auto& units = application.declaration.units;
            const bool by_unit = unit != nullptr && std::ranges::find(units, unit->name) != units.end();
            const bool by_package = !evidence.package.empty() && evidence.package == application.package;
            if (by_unit || by_package || name == evidence.name) return &application;
        }
        return nullptr;
    }

    void attach(const Evidence& evidence) {
        const Unit* unit = unit_that_runs(evidence);
        Reason reason{kind_of(evidence), evidence.origin, describe(evidence)};
        if (unit != nullptr) reason.text += "; run by " + printable(unit->name);
        if (!evidence.package.empty()) reason.text += "; of the package " + printable(evidence.package);
        if (auto* owner = owner_of(evidence, unit)) {
            owner->reasons.push_back(std::move(reason));
            return;
        }
        auto name = evidence.package.empty() ? evidence.name : evidence.package;
        if (unit != nullptr) name = unit->name.substr(0, unit->name.rfind('.'));
        if (const auto declared = declared_.find(name); declared != declared_.end()) {
            declared->second.reasons.push_back(std::move(reason));
            return;
        }
        const auto [candidate, added] = candidates_.try_emplace(name);
        auto& application = candidate->second;
        const auto confidence = evidence.use == Use::mqtt_client ? Confidence::possible : Confidence::likely;
        if (added) {
            application.confidence = confidence;
            application.package = evidence.package;
            application.declaration.name = name;
            application.declaration.origin = evidence.origin;
            if (unit != nullptr) take_from(*unit, application.declaration);
        }
        application.confidence = std::min(application.confidence, confidence);
        application.reasons.push_back(std::move(reason));
    }

    static void take_from(const Unit& unit, Declaration& declaration) {
        declaration.units = {unit.name};
        declaration.description = unit.description;
        if (const auto user = unit.named_user(); !user.empty()) declaration.users = {user};
    }

    const Facts& facts_;
    std::vector<config::Problem>& problems_;
    ByName declared_;
    ByName candidates_;
};

}  // namespace

std::vector<Application> find_applications(const Facts& facts, std::vector<config::Problem>& problems) {
    return Finder(facts, problems).find();
}

}  // namespace device_agent::image
