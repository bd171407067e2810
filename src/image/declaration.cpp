// SPDX-License-Identifier: Apache-2.0
#include "image/declaration.hpp"

#include "config/parse.hpp"
#include "config/schema.hpp"
#include "config/specification.hpp"
#include "config/suggestion.hpp"
#include "config/text.hpp"
#include "config/text_rules.hpp"
#include "config/validate.hpp"
#include "image/printable.hpp"

#include <algorithm>
#include <array>

namespace device_agent::image {
namespace {

using config::Node;
using config::Problem;

constexpr std::int64_t greatest_priority = 99;
constexpr std::string_view every_key = "device-agent-image schema";

const config::TextRule description_rule{
    .name = "description",
    .pattern = R"([^\u0000-\u001f]*)",
    .longest = 256,
    .allowed = "at most 256 characters on one line",
};

std::vector<std::string> texts(const Node& document, std::string_view key) {
    std::vector<std::string> list;
    if (const Node* node = document.find(key)) {
        for (const auto& element : node->elements)
            list.push_back(element.text);
    }
    return list;
}

// An application without anybody could never get its identity.
void require_somebody(const Node& document, config::Findings& findings) {
    for (const auto* key : {"users", "groups", "units"}) {
        const Node* list = document.find(key);
        if (list != nullptr && (!list->elements.empty() || list->is(Node::Kind::invalid))) return;
    }
    findings.refuse(document.place, "", "names nobody, so nobody would get this identity",
                    R"(Add "units", "users" or "groups".)");
}

void check_device_slot(const Node& document, config::Findings& findings) {
    const Node* identity = document.find("identity");
    const Node* slot = document.find("slot");
    if (identity == nullptr || slot == nullptr || identity->text != "device") return;
    findings.refuse(slot->place, "slot", "has no meaning for an application that uses the device identity",
                    "Remove it: the slot of the device identity is the configuration's deviceSlotNumber.");
}

Declaration declaration_of(const Node& document, const std::string& path) {
    Declaration declaration;
    declaration.name = document.find("name")->text;
    declaration.origin = {path, document.find("name")->place.line};
    if (const Node* node = document.find("description")) declaration.description = node->text;
    if (const Node* node = document.find("identity")) declaration.device_identity = node->text == "device";
    if (const Node* node = document.find("slot")) declaration.slot = static_cast<unsigned>(*node->integer);
    if (const Node* node = document.find("priority"))
        declaration.priority = static_cast<unsigned>(*node->integer);
    if (const Node* node = document.find("credential")) declaration.credential = node->boolean;
    declaration.users = texts(document, "users");
    declaration.groups = texts(document, "groups");
    declaration.units = texts(document, "units");
    return declaration;
}

// The section's settings as a manifest would say them, so that the rules are the same.
class Section {
public:
    Section(const std::string& unit, const std::vector<SectionSetting>& settings,
            std::vector<Problem>& problems)
        : unit_(unit), settings_(settings), problems_(problems) {}

    std::optional<Declaration> read() {
        const auto before = problems_.size();
        const auto dot = unit_.rfind('.');
        result_.name = unit_.substr(0, dot);
        result_.origin = {settings_.front().file, settings_.front().setting.line};
        result_.units = {unit_};
        for (const auto& setting : settings_)
            take(setting);
        check_name();
        if (problems_.size() != before) return std::nullopt;
        return std::move(result_);
    }

private:
    static constexpr std::array<std::string_view, 5> names{"Application", "Identity", "Slot", "Priority",
                                                           "Credential"};

    void take(const SectionSetting& at) {
        const auto& [section, key, value, line] = at.setting;
        if (key == "Application") {
            if (!config::matches(config::text_rules::module_id, value)) {
                return refuse(at, "is " + config::quote(value) + ", which is no module id",
                              "Write " + std::string(config::text_rules::module_id.allowed) + '.');
            }
            result_.name = value;
            result_.origin = {at.file, line};
        } else if (key == "Identity") {
            if (value != "module" && value != "device")
                return refuse(
                    at, "is " + config::quote(value) + R"(, must be "module" or "device")",
                    "Write Identity=module, unless the application needs the device's own identity.");
            result_.device_identity = value == "device";
        } else if (key == "Slot") {
            if (const auto number = whole_number(at, config::last_slot)) result_.slot = number;
        } else if (key == "Priority") {
            if (const auto number = whole_number(at, greatest_priority)) result_.priority = *number;
        } else if (key == "Credential") {
            if (value != "yes" && value != "no")
                return refuse(at, "is " + config::quote(value) + R"(, must be "yes" or "no")",
                              "Write Credential=no when the application asks for its identity itself.");
            result_.credential = value == "yes";
        } else {
            const auto near = config::closest(key, {names.begin(), names.end()});
            refuse(at, "is no known setting",
                   near
                       ? "Did you mean " + config::quote(*near) + '?'
                       : "Remove it; the settings are Application, Identity, Slot, Priority and Credential.");
        }
    }

    std::optional<unsigned> whole_number(const SectionSetting& at, std::int64_t most) {
        const auto& value = at.setting.value;
        const bool is_number =
            !value.empty() && value.size() <= 3 && value.find_first_not_of("0123456789") == std::string::npos;
        if (is_number && std::stol(value) <= most) return static_cast<unsigned>(std::stol(value));
        refuse(at,
               "is " + config::quote(value) + ", must be a whole number from 0 to " + std::to_string(most),
               "Write a number from 0 to " + std::to_string(most) + '.');
        return std::nullopt;
    }

    // An instance of a template has a name of its own, and a unit may have one that no module can have.
    void check_name() {
        const auto& first = settings_.front();
        if (unit_.find("@.") != std::string::npos) {
            refuse(first, "stands in a template: nobody knows the names of its instances",
                   "Write a manifest that names the unit of each instance.", "");
        } else if (!config::matches(config::text_rules::module_id, result_.name)) {
            refuse(first, "names no application, and " + config::quote(result_.name) + " is no module id",
                   "Add Application= with a module id.", "");
        }
        if (result_.device_identity && result_.slot)
            refuse(first, "has a slot for an application that uses the device identity",
                   "Remove Slot=: the slot of the device identity is the configuration's deviceSlotNumber.",
                   "");
    }

    void refuse(const SectionSetting& at, std::string reason, std::string remedy) {
        refuse(at, std::move(reason), std::move(remedy), '.' + config::join_key("", at.setting.key));
    }

    void refuse(const SectionSetting& at, std::string reason, std::string remedy, const std::string& below) {
        problems_.push_back({printable(at.file), at.setting.line, 1, std::string(unit_section) + below,
                             std::move(reason), std::move(remedy)});
    }

    const std::string& unit_;
    const std::vector<SectionSetting>& settings_;
    std::vector<Problem>& problems_;
    Declaration result_;
};

}  // namespace

const config::Shape& manifest_shape() {
    namespace rules = config::text_rules;
    static const config::Shape shape = config::object({
        {.name = "name",
         .shape = config::text(rules::module_id),
         .example_json = R"("AppB")",
         .description = "The application's name, and the id of its module in IoT Hub.",
         .required_when = config::Condition{{}, "in every manifest"}},
        {.name = "description",
         .shape = config::text(description_rule),
         .default_json = R"("")",
         .example_json = R"("Reports the press's cycles")",
         .description = "For people who read the plan."},
        {.name = "identity",
         .shape = config::choice({"module", "device"}),
         .default_json = R"("module")",
         .example_json = R"("module")",
         .description =
             "Which identity the application needs: a module of its own, or the device's. Whoever has "
             "the device's can read the keys of all modules."},
        {.name = "users",
         .shape = config::list_of(rules::account),
         .default_json = "[]",
         .example_json = R"(["appb"])",
         .description = "Users by name: the caller must be one of them."},
        {.name = "groups",
         .shape = config::list_of(rules::account),
         .default_json = "[]",
         .example_json = "[]",
         .description = "Groups by name: the caller must be in one of them."},
        {.name = "units",
         .shape = config::list_of(rules::unit),
         .default_json = "[]",
         .example_json = R"(["appb.service"])",
         .description = "systemd units by name: the caller must run in one of them."},
        {.name = "credential",
         .shape = config::boolean(),
         .default_json = "true",
         .example_json = "true",
         .description =
             "Whether the units get a drop-in that loads the connection string as a credential. False "
             "for an application that asks for its identity itself."},
        {.name = "slot",
         .shape = config::integer(0, config::last_slot),
         .example_json = "2",
         .description =
             "The slot that the module must have. If absent, one is chosen and kept in the lock file."},
        {.name = "priority",
         .shape = config::integer(0, greatest_priority),
         .default_json = "50",
         .example_json = "50",
         .description =
             "The greater it is, the lower the slot that is chosen for a new application. The lowest "
             "slots lie in the TPM itself."},
    });
    return shape;
}

std::string manifest_schema() {
    return config::schema(
        manifest_shape(), "Device Agent application manifest",
        "What a packaged application needs of the Device Agent. A manifest also names at least "
        "one user, group or unit. docs/image-builder.md tells more.");
}

std::optional<Declaration> parse_manifest(const std::string& path, std::string_view text,
                                          std::vector<Problem>& problems) {
    const auto before = problems.size();
    const auto name = printable(path);
    auto document = config::parse(name, text, problems);
    if (document && !document->is(Node::Kind::object)) {
        problems.push_back({name, document->place.line, document->place.column, "",
                            "the document is no object", "Put all keys in { }."});
        document.reset();
    }
    if (!document) return std::nullopt;
    config::Findings findings;
    config::validate(*document, manifest_shape(), every_key, findings);
    require_somebody(*document, findings);
    check_device_slot(*document, findings);
    std::ranges::stable_sort(findings.problems, {},
                             [](const Problem& problem) { return std::pair(problem.line, problem.column); });
    problems.insert(problems.end(), findings.problems.begin(), findings.problems.end());
    if (problems.size() != before) return std::nullopt;
    return declaration_of(*document, path);
}

std::optional<Declaration> parse_section(const std::string& unit, const std::vector<SectionSetting>& settings,
                                         std::vector<Problem>& problems) {
    if (settings.empty()) return std::nullopt;
    return Section(unit, settings, problems).read();
}

}  // namespace device_agent::image
