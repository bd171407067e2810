// SPDX-License-Identifier: Apache-2.0
// `provision` and `reprovision`.
#include "operations/documents.hpp"
#include "operations/provisioning_run.hpp"
#include "operations/slot_report.hpp"
#include "operations/slots_of_others.hpp"

#include <nlohmann/json.hpp>

namespace device_agent::operations {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const provisioning::Plan& plan) {
    Lines lines;
    for (const auto& action : plan.actions)
        lines.push_back(describe(action));
    return lines;
}

nlohmann::json by_dps(const Device& device, const Operation& operation, const Observer& observer,
                      const CallContext& context) {
    Lines steps;
    const Wishes wishes{operation.kind == Operation::Kind::reprovision, operation.verify, operation.prune};
    ProvisioningRun run(device, wishes, [&](const std::string& step) {
        steps.push_back(step);
        if (observer.step) observer.step(step);
    });
    const auto plan = run.provisioner().look_and_plan();
    const auto lines = lines_of(plan);
    if (observer.planned) observer.planned(lines, plan.obstacles);
    if (!operation.dry_run) run.provisioner().provision(context);
    return {{"provisioned", !operation.dry_run || plan.empty()},
            {"plan", lines},
            {"obstacles", plan.obstacles},
            {"steps", steps}};
}

// dpsEnabled is false: somebody else fills the slots.
nlohmann::json by_others(const Device& device, bool dry_run) {
    const auto steps = dry_run ? Lines{} : finish_staged(device);
    const auto missing = empty_slots(device);
    return {{"provisioned", missing.empty()},
            {"plan", nlohmann::json::array()},
            {"steps", steps},
            {"missing", missing}};
}

}  // namespace

nlohmann::json provision(const Device& device, const Operation& operation, const Observer& observer,
                         const CallContext& context) {
    const auto& configuration = device.configuration();
    if (!configuration.connection_string.empty()) {
        return {{"provisioned", true},
                {"plan", nlohmann::json::array()},
                {"steps", {"connectionString is set (development): DPS and the slots are left alone"}}};
    }
    auto document = configuration.uses_dps() ? by_dps(device, operation, observer, context)
                                             : by_others(device, operation.dry_run);
    document["slots"] = report(device, device.store().look(device.slot_numbers()));
    return document;
}

}  // namespace device_agent::operations
