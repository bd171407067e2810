// SPDX-License-Identifier: Apache-2.0
#include "config/rules.hpp"
#include "config/text.hpp"
#include "image/checks.hpp"
#include "image/printable.hpp"

#include <algorithm>

namespace device_agent::image {
namespace {

constexpr std::string_view tpm_group = "tss";  // as tpm2-tss's udev rules give /dev/tpmrm0

class GrantCheck {
public:
    GrantCheck(const Image& image, std::vector<Finding>& findings) : image_(image), findings_(findings) {}

    void check() {
        if (!image_.configuration) return;
        for (const auto& [name, grant] : image_.configuration->configuration.applications) {
            name_ = name;
            check_accounts(grant);
            for (const auto& unit : grant.units)
                check_unit(unit, grant);
            check_tpm(grant);
        }
        check_shared_units();
    }

private:
    [[nodiscard]] Origin place() const {
        const auto* applications = image_.configuration->document.find("applications");
        for (const auto& member : applications->members) {
            if (member.name == name_) return origin_of(member.place);
        }
        return {};
    }

    void add(Severity severity, std::string_view id, std::string what, std::string remedy) {
        findings_.push_back({severity, id, place(), config::join_key("applications", name_), std::move(what),
                             std::move(remedy)});
    }

    void check_accounts(const config::Grant& grant) {
        const auto& accounts = image_.facts.accounts;
        for (const auto& user : grant.users) {
            if (accounts.has_user(user)) continue;
            if (is_dynamic(user, grant)) continue;  // told with its unit
            add(Severity::error, "unknown-user",
                "is granted to the user " + config::quote(user) +
                    ", whom neither /etc/passwd nor sysusers.d knows",
                "Add a file to /usr/lib/sysusers.d, or install the package that makes the user.");
        }
        for (const auto& group : grant.groups) {
            if (accounts.has_group(group)) continue;
            add(Severity::error, "unknown-group",
                "is granted to the group " + config::quote(group) +
                    ", which neither /etc/group nor sysusers.d knows",
                "Add a file to /usr/lib/sysusers.d, or install the package that makes the group.");
        }
    }

    [[nodiscard]] const Unit* find_unit(std::string_view name) const {
        const auto found = std::ranges::find(image_.facts.units, name, &Unit::name);
        return found == image_.facts.units.end() ? nullptr : &*found;
    }

    [[nodiscard]] bool is_dynamic(const std::string& user, const config::Grant& grant) const {
        return std::ranges::any_of(grant.units, [&](const std::string& name) {
            const auto* unit = find_unit(name);
            if (unit == nullptr || !unit->dynamic_user) return false;
            return unit->user.empty() ? user == name.substr(0, name.rfind('.')) : user == unit->user;
        });
    }

    void check_unit(const std::string& name, const config::Grant& grant) {
        if (!name.ends_with(".service")) return;  // a scope is made while the machine runs
        const auto quoted = config::quote(name);
        const auto* unit = find_unit(name);
        if (unit == nullptr) {
            // The unit of an instance is that of its template.
            const auto at = name.find('@');
            if (at != std::string::npos && at + 1 < name.rfind('.') &&
                find_unit(name.substr(0, at + 1) + ".service") != nullptr)
                return;
            return add(Severity::error, "missing-unit",
                       "is granted to the unit " + quoted + ", which is not in the image",
                       "Install the package that has it, or correct the name.");
        }
        if (name.find("@.") != std::string::npos)
            return add(Severity::error, "template-unit",
                       "is granted to the template " + quoted + ", and no process runs in a template",
                       "Name the units of its instances.");
        if (unit->masked)
            return add(Severity::error, "masked-unit",
                       "is granted to the unit " + quoted + ", which is masked",
                       "Unmask the unit, or remove the application.");
        if (!unit->alias_of.empty())
            return add(Severity::error, "alias-unit",
                       "is granted to the unit " + quoted + ", which is only another name of " +
                           config::quote(unit->alias_of),
                       "Name that one: the kernel knows a caller by its unit's own name.");
        if (grant.users.empty()) return;
        if (unit->dynamic_user) {
            return add(Severity::error, "dynamic-user",
                       "is granted by user, but " + quoted +
                           " has DynamicUser=: its user is made when it starts, and is gone afterwards",
                       "Grant it by the unit alone, or give the unit a user of its own (sysusers.d).");
        }
        const auto user = unit->named_user();
        if (!user.empty() && std::ranges::find(grant.users, user) == grant.users.end())
            add(Severity::error, "other-user",
                "is granted to other users than " + config::quote(user) + ", as whom " + quoted +
                    " runs: it would be refused",
                "Name that user, or none.");
    }

    // Whoever may open the TPM may sign with every slot, where no auth value protects them.
    void check_tpm(const config::Grant& grant) {
        const auto& configuration = image_.configuration->configuration;
        if (configuration.identity_store != config::IdentityStore::tpm ||
            configuration.tpm.slot_auth == config::SlotAuth::agent)
            return;
        for (const auto& way : ways_to_the_tpm(grant))
            add(Severity::warning, "tpm-access",
                way + ", so it may open the TPM, and sign with the identities of all applications",
                "Run it as a user of its own outside that group, or set tpm.slotAuth to \"agent\".");
    }

    [[nodiscard]] std::vector<std::string> ways_to_the_tpm(const config::Grant& grant) const {
        const auto& accounts = image_.facts.accounts;
        std::vector<std::string> ways;
        const auto consider_user = [&](const std::string& user, const std::string& who) {
            if (accounts.is_superuser(user)) ways.push_back(who + " is root");
            if (accounts.is_member(user, tpm_group)) ways.push_back(who + " is in the TPM's group (tss)");
        };
        for (const auto& user : grant.users)
            consider_user(user, "user " + config::quote(user));
        if (std::ranges::find(grant.groups, tpm_group) != grant.groups.end())
            ways.emplace_back("it is granted to the TPM's group (tss)");
        for (const auto& name : grant.units) {
            const auto* unit = find_unit(name);
            if (unit == nullptr) continue;
            const auto quoted = config::quote(name);
            const auto& more = unit->supplementary_groups;
            if (unit->group == tpm_group || std::ranges::find(more, tpm_group) != more.end())
                ways.push_back("unit " + quoted + " runs in the TPM's group (tss)");
            if (unit->dynamic_user || !grant.users.empty()) continue;
            consider_user(unit->user.empty() ? "root" : unit->user, "the user of unit " + quoted);
        }
        return ways;
    }

    void check_shared_units() {
        const auto& applications = image_.configuration->configuration.applications;
        std::map<std::string, std::string> first;  // unit → application
        for (const auto& [name, grant] : applications) {
            name_ = name;
            for (const auto& unit : grant.units) {
                const auto [known, added] = first.try_emplace(unit, name);
                if (added || known->second == name) continue;
                add(Severity::warning, "shared-unit",
                    "is granted to the unit " + config::quote(unit) + ", as is " +
                        config::quote(known->second) +
                        ": its programs must name the identity that they mean, and it gets no credential",
                    "Give each application a unit of its own, unless that is meant.");
            }
        }
    }

    const Image& image_;
    std::vector<Finding>& findings_;
    std::string name_;
};

}  // namespace

void check_grants(const Image& image, std::vector<Finding>& findings) {
    GrantCheck(image, findings).check();
}

}  // namespace device_agent::image
