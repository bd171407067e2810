// SPDX-License-Identifier: Apache-2.0
#include "image/plan.hpp"

#include "config/suggestion.hpp"
#include "config/text.hpp"
#include "config/text_rules.hpp"
#include "image/printable.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace device_agent::image {
namespace {

class Planner {
public:
    Planner(const Lock& lock, const BaseSlots& base, const PlanOptions& options)
        : before_(lock), base_(base), options_(options) {}

    Plan make(const std::vector<Application>& applications) {
        choose(applications);
        check_device_identity();
        take_what_is_given();
        forget();
        keep_locked();
        take_wanted();
        assign_new();
        if (!problems_.empty()) throw config::ConfigurationError(std::move(problems_));
        return finish();
    }

private:
    void refuse(const Application& application, std::string key, std::string reason, std::string remedy) {
        const auto& origin = application.declaration.origin;
        problems_.push_back(
            {printable(origin.file), origin.line, 1, std::move(key), std::move(reason), std::move(remedy)});
    }

    // Refuses something that the command line asked for.
    void refuse_option(std::string option, std::string reason, std::string remedy) {
        problems_.push_back({std::move(option), 0, 0, "", std::move(reason), std::move(remedy)});
    }

    void choose(const std::vector<Application>& applications) {
        std::set<std::string> unknown = options_.include;
        std::vector<std::string_view> names;
        for (const auto& application : applications) {
            names.push_back(application.name());
            const bool included = unknown.erase(application.name()) > 0;
            if (application.is_candidate() && !included && !is_chosen(application.name())) {
                plan_.not_planned.push_back(application);
            } else if (application.is_candidate() &&
                       !config::matches(config::text_rules::module_id, application.name())) {
                refuse(application, "",
                       "would be the application " + config::quote(application.name()) +
                           ", and that is no module id",
                       "Write a manifest that gives the application a name.");
            } else if (application.name() == base_.agent_module && !base_.agent_uses_device_twin()) {
                refuse(application, "",
                       "is named " + config::quote(application.name()) +
                           ", as the agent's own module (dmModuleId): two programs cannot share "
                           "one identity",
                       "Choose another name for one of the two.");
            } else {
                plan_.assignments.push_back({application, std::nullopt, false});
            }
        }
        for (const auto& name : unknown) {
            const auto near = config::closest(name, names);
            refuse_option(
                "--include " + printable(name), "there is no application of that name",
                near ? "Did you mean " + config::quote(*near) + '?' : "device-agent-image scan lists them.");
        }
    }

    // Whoever was planned once stays so, as long as there is evidence.
    [[nodiscard]] bool is_chosen(const std::string& candidate) const {
        return !options_.forget.contains(candidate) &&
               (options_.all_candidates || before_.applications.contains(candidate));
    }

    void check_device_identity() {
        const Application* first = nullptr;
        for (const auto& [application, slot, is_new] : plan_.assignments) {
            if (!application.declaration.device_identity) continue;
            if (base_.agent_uses_device_twin()) {
                refuse(application, "identity", "asks for the device identity, but the agent itself uses it",
                       "Give the agent a module: set dmModuleSlotNumber to a slot of its own.");
            } else if (first != nullptr) {
                refuse(application, "identity",
                       "asks for the device identity, which " + config::quote(first->name()) +
                           " already has: two programs cannot share one identity",
                       "Give one of the two a module.");
            }
            if (first == nullptr) first = &application;
        }
    }

    void take_what_is_given() {
        taken_[base_.device] = "the device identity (deviceSlotNumber)";
        taken_[base_.agent] = "the agent's own module (dmModuleSlotNumber)";
        for (const auto& [name, slot] : base_.modules) {
            if (!is_living(name)) taken_[slot] = config::quote(name) + " of the configuration";
        }
    }

    [[nodiscard]] bool is_living(std::string_view name) const {
        return std::ranges::any_of(plan_.assignments, [&](const Assignment& assignment) {
            return assignment.application.name() == name &&
                   !assignment.application.declaration.device_identity;
        });
    }

    void forget() {
        kept_ = before_.applications;
        for (const auto& name : options_.forget) {
            if (is_living(name)) {
                refuse_option("--forget " + printable(name), "the application is in the image",
                              "Remove it from the image first.");
            } else if (kept_.erase(name) == 0) {
                refuse_option("--forget " + printable(name), "the lock file knows no such application",
                              "Look into the lock file for its name.");
            }
        }
    }

    // The slot that an application must have, because its manifest or the configuration says so.
    [[nodiscard]] std::optional<unsigned> wanted_slot(const Application& application) const {
        if (application.declaration.slot) return application.declaration.slot;
        const auto written = base_.modules.find(application.name());
        if (written == base_.modules.end()) return std::nullopt;
        return written->second;
    }

    template <typename Work>
    void for_each_module(Work work) {
        for (auto& assignment : plan_.assignments) {
            if (!assignment.application.declaration.device_identity) work(assignment);
        }
    }

    void assign(Assignment& assignment, unsigned slot) {
        assignment.slot = slot;
        taken_[slot] = config::quote(assignment.application.name());
    }

    // Those that move to another slot by their own wish are left to take_wanted().
    void keep_locked() {
        for_each_module([&](Assignment& assignment) {
            const auto locked = kept_.find(assignment.application.name());
            assignment.is_new = locked == kept_.end();
            if (assignment.is_new) return;
            const auto slot = locked->second.slot;
            if (wanted_slot(assignment.application).value_or(slot) != slot) return;
            if (const auto owner = taken_.find(slot); owner != taken_.end()) {
                return refuse(assignment.application, "",
                              "has slot " + std::to_string(slot) +
                                  " by the lock file, which is now that of " + owner->second,
                              "Give that one another slot: devices in the field have this one.");
            }
            assign(assignment, slot);
        });
    }

    void take_wanted() {
        for_each_module([&](Assignment& assignment) {
            const auto wanted = wanted_slot(assignment.application);
            if (assignment.slot || !wanted) return;
            if (const auto owner = taken_.find(*wanted); owner != taken_.end()) {
                return refuse(
                    assignment.application, "slot",
                    "is slot " + std::to_string(*wanted) + ", which is already that of " + owner->second,
                    "Choose another slot, or remove the key and let one be chosen.");
            }
            release_reservation(*wanted, assignment.application.name());
            assign(assignment, *wanted);
        });
    }

    void assign_new() {
        std::vector<Assignment*> waiting;
        for_each_module([&](Assignment& assignment) {
            const bool refused = kept_.contains(assignment.application.name());
            if (!assignment.slot && !wanted_slot(assignment.application) && !refused)
                waiting.push_back(&assignment);
        });
        std::ranges::sort(waiting, {}, [](const Assignment* assignment) {
            const auto& declaration = assignment->application.declaration;
            return std::tuple(-static_cast<int>(declaration.priority), declaration.name);
        });
        for (auto* assignment : waiting) {
            auto slot = lowest_free(true);
            if (!slot) slot = lowest_free(false);
            if (!slot) {
                refuse(
                    assignment->application, "",
                    "finds no slot: from " + std::to_string(options_.first_slot) + " to " +
                        std::to_string(options_.last_slot) + " all are in use",
                    "A hub allows 50 modules a device: remove an application, or widen the range of slots.");
                continue;
            }
            release_reservation(*slot, assignment->application.name());
            assign(*assignment, *slot);
        }
    }

    [[nodiscard]] std::optional<unsigned> lowest_free(bool spare_reserved) const {
        for (unsigned slot = options_.first_slot; slot <= options_.last_slot; ++slot) {
            const bool reserved = std::ranges::any_of(kept_, [&](const auto& entry) {
                return entry.second.slot == slot && !is_living(entry.first);
            });
            if (!taken_.contains(slot) && !(reserved && spare_reserved)) return slot;
        }
        return std::nullopt;
    }

    // Takes a slot from an application that is gone, for one that is there.
    void release_reservation(unsigned slot, const std::string& by) {
        std::erase_if(kept_, [&](const auto& entry) {
            if (entry.second.slot != slot || is_living(entry.first)) return false;
            plan_.notes.push_back("Slot " + std::to_string(slot) + ", kept for " +
                                  config::quote(entry.first) + ", goes to " + config::quote(by) + ".");
            return true;
        });
    }

    Plan finish() {
        for (const auto& [name, entry] : kept_)
            plan_.lock.applications[name] = {entry.slot, true};
        for (const auto& [application, slot, is_new] : plan_.assignments) {
            if (slot) plan_.lock.applications[application.name()] = {*slot, false};
            if (!slot) plan_.lock.device_application = application.name();
        }
        std::ranges::sort(plan_.assignments, {}, [](const Assignment& assignment) {
            return assignment.slot ? static_cast<int>(*assignment.slot) : -1;
        });
        return std::move(plan_);
    }

    const Lock& before_;
    const BaseSlots& base_;
    const PlanOptions& options_;
    Plan plan_;
    std::map<std::string, LockedSlot, std::less<>> kept_;  ///< of the lock, without what was forgotten
    std::map<unsigned, std::string> taken_;                ///< slot → whose
    std::vector<config::Problem> problems_;
};

}  // namespace

Plan plan(const std::vector<Application>& applications, const Lock& lock, const BaseSlots& base,
          const PlanOptions& options) {
    return Planner(lock, base, options).make(applications);
}

}  // namespace device_agent::image
