// SPDX-License-Identifier: Apache-2.0
#include "config/rules.hpp"
#include "config/specification.hpp"
#include "config/suggestion.hpp"
#include "config/text.hpp"

#include <map>

namespace device_agent::config {
namespace {

constexpr std::string_view device = "$device";

// What the rules need to know; nothing where the document is wrong, and then they do not judge.
struct Identities {
    std::optional<std::int64_t> device_slot;
    std::optional<std::int64_t> agent_slot;
    std::optional<std::string_view> agent_module;

    explicit Identities(const Node& root)
        : device_slot(integer_at(root, "deviceSlotNumber")),
          agent_slot(integer_at(root, "dmModuleSlotNumber")),
          agent_module(text_at(root, "dmModuleId")) {}

    [[nodiscard]] bool agent_uses_device_twin() const { return device_slot && agent_slot == device_slot; }
    [[nodiscard]] bool agent_has_a_module() const {
        return device_slot && agent_slot && agent_slot != device_slot;
    }
};

std::string free_slot(const Identities& identities, const std::map<std::int64_t, std::string>& taken) {
    if (!identities.device_slot || !identities.agent_slot) return "";
    for (std::int64_t slot = 0; slot <= last_slot; ++slot) {
        if (!taken.contains(slot)) return ", for instance " + std::to_string(slot);
    }
    return "";
}

void check_slots(const Node& root, const Identities& identities, Findings& findings) {
    const auto& others = members_at(root, "otherModuleIds");
    std::map<std::int64_t, std::string> taken;  // slot → whose
    if (identities.device_slot)
        taken.emplace(*identities.device_slot, "the device identity (deviceSlotNumber)");
    if (identities.agent_slot)
        taken.emplace(*identities.agent_slot, "the agent's own module (dmModuleSlotNumber)");
    for (const auto& module : others) {
        if (module.value.integer)
            taken.emplace(*module.value.integer, join_key("otherModuleIds", module.name));
    }
    for (const auto& module : others) {
        if (!module.value.is(Node::Kind::number)) continue;
        const auto path = join_key("otherModuleIds", module.name);
        const auto& owner = taken.at(*module.value.integer);
        if (owner == path) continue;
        findings.refuse(
            module.value.place, path,
            "is slot " + std::to_string(*module.value.integer) + ", which is already that of " + owner,
            "Give each identity a slot of its own" + free_slot(identities, taken) + '.');
    }
}

void check_agent(const Node& root, const Identities& identities, Findings& findings) {
    if (identities.agent_uses_device_twin() && !is_written(root, "dmModuleSlotNumber")) {
        findings.warn(
            root.find("deviceSlotNumber")->place, "deviceSlotNumber",
            "equals the default of dmModuleSlotNumber, so the agent uses the device twin and has no module",
            "Set dmModuleSlotNumber: to this slot if that is meant, else to another.");
    }
    if (!identities.agent_has_a_module() || !identities.agent_module) return;
    for (const auto& module : members_at(root, "otherModuleIds")) {
        if (module.name != *identities.agent_module) continue;
        findings.refuse(module.place, join_key("otherModuleIds", module.name),
                        "is also the agent's own module (dmModuleId): two programs cannot share one identity",
                        "Choose another name for one of the two.");
    }
}

// The reason why the identity of that name can be given to nobody, and the remedy; empty when it can.
std::pair<std::string, std::string> find_grant_fault(const Node& root, const Identities& identities,
                                                     std::string_view name) {
    if (name == device) {
        if (!identities.agent_uses_device_twin()) return {};
        return {"is granted, but the agent itself uses the device twin",
                "Give the agent a module: set dmModuleSlotNumber to a slot of its own."};
    }
    const Node* modules = root.find("otherModuleIds");
    if (modules->find(name) != nullptr || modules->is(Node::Kind::invalid)) return {};
    if (identities.agent_has_a_module() && identities.agent_module == name) {
        return {"is the agent's own module, which is given to nobody",
                "Name a module of otherModuleIds, and let the application use that."};
    }
    std::vector<std::string_view> known{device};
    for (const auto& module : modules->members)
        known.push_back(module.name);
    const auto near = closest(name, known);
    return {"is no module of otherModuleIds", near ? "Did you mean " + quote(*near) + '?'
                                                   : "Add it to otherModuleIds with a slot, or remove it."};
}

// Entries of a list are alternatives: two units, or two users without a unit, are two programs.
void check_that_one_program_is_meant(const Member& application, Findings& findings) {
    const auto entries = [&](std::string_view list) -> std::size_t {
        const Node* node = application.value.find(list);
        return node == nullptr ? 0 : node->elements.size();
    };
    const std::string_view list = entries("units") > 0 ? "units" : "users";
    if (entries(list) < 2) return;
    findings.warn(
        application.value.find(list)->place, join_key(join_key("applications", application.name), list),
        "names several, which then share one identity: the hub throws the first one out when the second "
        "connects",
        "Give each program a module of its own, unless only one of them runs at a time.");
}

void check_applications(const Node& root, const Identities& identities, Findings& findings) {
    for (const auto& application : members_at(root, "applications")) {
        const auto path = join_key("applications", application.name);
        if (auto [reason, remedy] = find_grant_fault(root, identities, application.name); !reason.empty()) {
            findings.refuse(application.place, path, std::move(reason), std::move(remedy));
            continue;
        }
        if (application.name == device) {
            findings.warn(
                application.place, path,
                "gives the device identity to an application: it can read the keys of all modules in the hub",
                "Give the application a module of its own, unless it is trusted with all of them.");
        }
        check_that_one_program_is_meant(application, findings);
        bool names_somebody = false;
        for (const auto& list : application.value.members) {
            if (list.value.is(Node::Kind::string)) continue;
            names_somebody =
                names_somebody || list.value.is(Node::Kind::invalid) || !list.value.elements.empty();
        }
        if (!names_somebody && application.value.is(Node::Kind::object)) {
            findings.warn(application.place, path, "names nobody, so nobody gets this identity",
                          "Add users, groups or units.");
        }
    }
}

}  // namespace

void check_identity_rules(const Node& root, Findings& findings) {
    const Identities identities(root);
    check_slots(root, identities, findings);
    check_agent(root, identities, findings);
    check_applications(root, identities, findings);
}

}  // namespace device_agent::config
