// SPDX-License-Identifier: Apache-2.0
#include "config/rules.hpp"
#include "config/text.hpp"
#include "image/checks.hpp"
#include "image/printable.hpp"

#include <algorithm>

namespace device_agent::image {
namespace {

class PlanCheck {
public:
    PlanCheck(const Image& image, std::vector<Finding>& findings) : image_(image), findings_(findings) {}

    void check() {
        check_device_identity();
        if (!image_.configuration) return;
        for (const auto& application : image_.applications)
            check_application(application);
        if (image_.lock) check_lock(*image_.lock);
    }

private:
    void add(Severity severity, std::string_view id, Origin place, std::string subject, std::string what,
             std::string remedy) {
        findings_.push_back(
            {severity, id, std::move(place), std::move(subject), std::move(what), std::move(remedy)});
    }

    static Origin place_of(const Application& application) {
        const auto& origin = application.declaration.origin;
        return {printable(origin.file), origin.line};
    }

    void check_device_identity() {
        const Application* first = nullptr;
        for (const auto& application : image_.applications) {
            if (!application.declaration.device_identity) continue;
            if (first == nullptr) {
                first = &application;
                add(Severity::warning, "device-identity", place_of(application),
                    config::quote(application.name()),
                    "uses the device identity: it can read the keys of all modules in the hub",
                    "Give it a module of its own, unless it is trusted with all of them.");
            } else {
                add(Severity::error, "two-on-device", place_of(application),
                    config::quote(application.name()),
                    "uses the device identity, as does " + config::quote(first->name()) +
                        ": the hub would throw out the one when the other connects",
                    "Give one of the two a module.");
            }
        }
    }

    [[nodiscard]] const config::Module* find_module(std::string_view id) const {
        const auto& modules = image_.configuration->configuration.other_modules;
        const auto found = std::ranges::find(modules, id, &config::Module::id);
        return found == modules.end() ? nullptr : &*found;
    }

    void check_application(const Application& application) {
        const auto& name = application.name();
        const auto& grants = image_.configuration->configuration.applications;
        const auto* module = find_module(name);
        const bool is_planned =
            application.declaration.device_identity ? grants.contains("$device") : module != nullptr;
        if (application.is_candidate()) {
            if (!is_planned)
                add(Severity::note, "candidate", place_of(application), printable(name),
                    "may need a connection (" + application.reasons.front().text + "), and has no identity",
                    "");
        } else if (!is_planned) {
            add(Severity::error, "not-planned", place_of(application), config::quote(name),
                "needs an identity, and the configuration has none for it", "Run device-agent-image plan.");
        } else if (application.declaration.slot && module->slot != *application.declaration.slot) {
            add(Severity::error, "other-slot", place_of(application), config::quote(name),
                "asks for slot " + std::to_string(*application.declaration.slot) +
                    ", and the configuration has " + std::to_string(module->slot),
                "Run device-agent-image plan.");
        }
    }

    void check_lock(const Lock& lock) {
        const Origin place{image_.lock_file, 0};
        for (const auto& [name, entry] : lock.applications) {
            const auto* module = find_module(name);
            const auto slot = std::to_string(entry.slot);
            if (entry.removed) {
                if (module != nullptr)
                    add(Severity::error, "lock-mismatch", place, config::quote(name),
                        "is removed by the lock file, but the configuration has it",
                        "Run device-agent-image plan, and keep the lock file that it writes.");
            } else if (module == nullptr || module->slot != entry.slot) {
                add(Severity::error, "lock-mismatch", place, config::quote(name),
                    "has slot " + slot + " by the lock file, and " +
                        (module == nullptr ? "none" : "slot " + std::to_string(module->slot)) +
                        " in the configuration",
                    "Run device-agent-image plan, and keep the lock file that it writes.");
            }
        }
        for (const auto& module : image_.configuration->configuration.other_modules) {
            if (lock.applications.contains(module.id)) continue;
            const auto* node = image_.configuration->document.find("otherModuleIds")->find(module.id);
            add(Severity::note, "by-hand", origin_of(node->place),
                config::join_key("otherModuleIds", module.id),
                "was written by hand: the lock file does not know it", "");
        }
    }

    const Image& image_;
    std::vector<Finding>& findings_;
};

}  // namespace

void check_plan(const Image& image, std::vector<Finding>& findings) {
    PlanCheck(image, findings).check();
}

}  // namespace device_agent::image
