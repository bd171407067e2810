// SPDX-License-Identifier: Apache-2.0
#include "image/image_configuration.hpp"

#include "config/findings.hpp"
#include "config/parse.hpp"
#include "config/rules.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/error.hpp"
#include "image/printable.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace device_agent::image {
namespace {

using config::Node;

constexpr const char* drop_in_folder = "device-agent.d";
constexpr std::string_view device = "$device";
constexpr std::array<std::string_view, 3> lists{"users", "groups", "units"};

Node object() {
    Node node;
    node.kind = Node::Kind::object;
    return node;
}

Node text(std::string_view value) {
    Node node;
    node.kind = Node::Kind::string;
    node.text = value;
    return node;
}

Node number(unsigned value) {
    Node node;
    node.kind = Node::Kind::number;
    node.number = value;
    node.integer = value;
    return node;
}

Node list(const std::vector<std::string>& values) {
    Node node;
    node.kind = Node::Kind::array;
    for (const auto& value : values)
        node.elements.push_back(text(value));
    return node;
}

Node& member(Node& parent, std::string_view name, Node otherwise) {
    if (Node* known = parent.find(name)) return *known;
    parent.members.push_back({std::string(name), {}, std::move(otherwise)});
    return parent.members.back().value;
}

void erase_member(Node& parent, std::string_view name) {
    std::erase_if(parent.members, [&](const config::Member& member) { return member.name == name; });
}

// What an earlier plan put into the document goes; what somebody wrote beside it stays.
void remove_ours(Node& document, const Lock& ours) {
    if (Node* modules = document.find("otherModuleIds")) {
        for (const auto& [name, entry] : ours.applications)
            erase_member(*modules, name);
    }
    Node* applications = document.find("applications");
    if (applications == nullptr) return;
    for (const auto& [name, entry] : ours.applications)
        erase_member(*applications, name);
    Node* entry = ours.device_application.empty() ? nullptr : applications->find(device);
    if (entry == nullptr) return;
    for (const auto name : lists)
        erase_member(*entry, name);
    if (entry->members.empty()) erase_member(*applications, device);
}

BaseSlots slots_of(const Node& checked) {
    BaseSlots slots;
    slots.device = static_cast<unsigned>(config::integer_at(checked, "deviceSlotNumber").value_or(0));
    if (config::is_written(checked, "dmModuleSlotNumber")) {
        slots.agent = static_cast<unsigned>(*config::integer_at(checked, "dmModuleSlotNumber"));
    } else {
        slots.agent = slots.device == 1 ? 0 : 1;
    }
    if (config::is_written(checked, "dmModuleId"))
        slots.agent_module = *config::text_at(checked, "dmModuleId");
    for (const auto& module : config::members_at(checked, "otherModuleIds"))
        slots.modules[module.name] = static_cast<unsigned>(*module.value.integer);
    return slots;
}

config::Problem unreadable(const std::string& file, const std::string& reason) {
    return {file, 0, 0, "", reason, "Replace it by a configuration, or remove it."};
}

Node grant_of(const Declaration& declaration) {
    Node entry = object();
    entry.members.push_back({"users", {}, list(declaration.users)});
    entry.members.push_back({"groups", {}, list(declaration.groups)});
    entry.members.push_back({"units", {}, list(declaration.units)});
    return entry;
}

}  // namespace

ConfigurationTexts ConfigurationTexts::of_image(const RootFilesystem& root) {
    ConfigurationTexts texts;
    texts.folder = std::filesystem::path(configuration_file).parent_path();
    std::vector<std::string> files{std::string(configuration_file)};
    const auto drop_ins = texts.folder / drop_in_folder;
    for (const auto& name : root.list(drop_ins.native())) {
        if (name.ends_with(".json") && !name.starts_with('.')) files.push_back(drop_ins / name);
    }
    std::vector<config::Problem> problems;
    for (const auto& file : files) {
        const auto reading = root.read(file, config::largest_file);
        const bool is_main = file == configuration_file;
        if (reading.ok()) {
            texts.sources.push_back({printable(file), SecretText(reading.text)});
            texts.modes.push_back(reading.mode);
        } else if (!is_main || reading.outcome != RootFilesystem::Outcome::missing ||
                   root.link_target(file).has_value()) {
            problems.push_back(
                unreadable(printable(file), "is no readable file of at most 1 MiB in the root file system"));
        } else {
            return texts;  // drop-ins alone are no configuration
        }
    }
    if (!problems.empty()) throw config::ConfigurationError(std::move(problems));
    return texts;
}

ConfigurationTexts ConfigurationTexts::of_file(const std::filesystem::path& file) {
    ConfigurationTexts texts;
    texts.folder = std::filesystem::path(configuration_file).parent_path();
    const auto name = printable(file.native());
    try {
        auto content = read_secret_file(file, config::largest_file);
        if (!content) throw config::ConfigurationError({unreadable(name, "is not there")});
        texts.sources.push_back({name, std::move(*content)});
        texts.modes.push_back(static_cast<unsigned>(std::filesystem::status(file).permissions()));
    } catch (const Error& error) {
        if (error.code() == ErrorCode::configuration) throw;
        throw config::ConfigurationError({unreadable(name, "cannot be read: " + explain(error))});
    }
    return texts;
}

Base read_base(const ConfigurationTexts& texts, const Lock* ours) {
    Base base;
    base.written = object();
    if (texts.sources.empty()) return base;
    config::Findings findings;
    auto document = config::read_document(texts.sources, findings.problems);
    auto written =
        config::read_document({texts.sources.begin(), texts.sources.begin() + 1}, findings.problems);
    if (document) {
        base.has_scope = document->find("dpsScopeId") != nullptr;
        if (ours != nullptr) remove_ours(*document, *ours);
        config::check_document(*document, texts.folder, findings);
        std::erase_if(findings.problems, [&](const config::Problem& problem) {
            return problem.key == "dpsScopeId" && !base.has_scope;
        });
    }
    if (!findings.problems.empty()) {
        config::sort_by_place(findings.problems, texts.sources);
        throw config::ConfigurationError(std::move(findings.problems));
    }
    base.slots = slots_of(*document);
    base.written = std::move(*written);
    if (ours != nullptr) remove_ours(base.written, *ours);
    return base;
}

std::string compose(const Base& base, const Plan& plan) {
    Node document = base.written;
    member(document, "deviceSlotNumber", number(base.slots.device));
    member(document, "dmModuleSlotNumber", number(base.slots.agent));
    if (!base.slots.agent_uses_device_twin()) member(document, "dmModuleId", text(base.slots.agent_module));
    Node modules = object();
    Node applications = object();
    for (const auto& [application, slot, is_new] : plan.assignments) {
        if (slot) modules.members.push_back({application.name(), {}, number(*slot)});
        applications.members.push_back(
            {slot ? application.name() : std::string(device), {}, grant_of(application.declaration)});
    }
    config::merge(member(document, "otherModuleIds", object()), std::move(modules));
    config::merge(member(document, "applications", object()), std::move(applications));
    constexpr unsigned indent = 2;
    return config::to_json(document, indent) + '\n';
}

}  // namespace device_agent::image
