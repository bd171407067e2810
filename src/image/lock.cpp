// SPDX-License-Identifier: Apache-2.0
#include "image/lock.hpp"

#include "config/parse.hpp"
#include "config/specification.hpp"
#include "config/text.hpp"
#include "config/text_rules.hpp"
#include "config/validate.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace device_agent::image {
namespace {

const config::Shape& lock_shape() {
    const config::Condition always{{}, "in every lock file"};
    static const config::Shape shape = config::object({
        {.name = "version",
         .shape = config::integer(1, 1),
         .example_json = "1",
         .description = "The version of this format.",
         .required_when = always},
        {.name = "applications",
         .shape = config::map_of(config::text_rules::module_id,
                                 config::object({
                                     {.name = "slot",
                                      .shape = config::integer(0, config::last_slot),
                                      .example_json = "2",
                                      .description = "Its slot.",
                                      .required_when = always},
                                     {.name = "removed",
                                      .shape = config::boolean(),
                                      .default_json = "false",
                                      .example_json = "true",
                                      .description = "Whether it is gone, and its slot only kept."},
                                 })),
         .example_json = R"({"AppB": {"slot": 2}})",
         .description = "The slots by module id.",
         .required_when = always},
        {.name = "deviceApplication",
         .shape = config::text(config::text_rules::module_id),
         .example_json = R"("AppA")",
         .description = "The application that uses the device identity."},
    });
    return shape;
}

void refuse_shared_slots(const config::Node& applications, config::Findings& findings) {
    std::map<std::int64_t, std::string_view> taken;
    for (const auto& [name, place, entry] : applications.members) {
        const auto* slot = entry.find("slot");
        if (slot == nullptr || !slot->is(config::Node::Kind::number)) continue;
        const auto [known, added] = taken.emplace(*slot->integer, name);
        if (added) continue;
        findings.refuse(slot->place, config::join_key("applications", name) + ".slot",
                        "is slot " + std::to_string(*slot->integer) + ", which is already that of " +
                            config::quote(known->second),
                        "Take the lock file from version control as it was, and plan again.");
    }
}

}  // namespace

Lock parse_lock(const std::string& file, std::string_view text) {
    config::Findings findings;
    auto document = config::parse(file, text, findings.problems);
    if (document && !document->is(config::Node::Kind::object)) {
        findings.refuse(document->place, "", "the document is no object",
                        "Take the lock file from version control as it was.");
    } else if (document) {
        config::validate(*document, lock_shape(), "docs/image-builder.md", findings);
        if (const auto* applications = document->find("applications"))
            refuse_shared_slots(*applications, findings);
    }
    if (!findings.problems.empty()) throw config::ConfigurationError(std::move(findings.problems));

    Lock lock;
    for (const auto& [name, place, entry] : document->find("applications")->members) {
        const auto* removed = entry.find("removed");
        lock.applications[name] = {static_cast<unsigned>(*entry.find("slot")->integer),
                                   removed != nullptr && removed->boolean};
    }
    if (const auto* device = document->find("deviceApplication")) lock.device_application = device->text;
    return lock;
}

std::string to_text(const Lock& lock) {
    auto applications = nlohmann::ordered_json::object();
    for (const auto& [name, entry] : lock.applications) {
        applications[name] = {{"slot", entry.slot}};
        if (entry.removed) applications[name]["removed"] = true;
    }
    nlohmann::ordered_json document{{"version", 1}, {"applications", std::move(applications)}};
    if (!lock.device_application.empty()) document["deviceApplication"] = lock.device_application;
    constexpr int indent = 2;
    return document.dump(indent) + '\n';
}

}  // namespace device_agent::image
