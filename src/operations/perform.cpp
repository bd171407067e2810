// SPDX-License-Identifier: Apache-2.0
#include "operations/perform.hpp"

#include "operations/documents.hpp"

#include <nlohmann/json.hpp>

namespace device_agent::operations {
namespace {

using Kind = Operation::Kind;

constexpr std::chrono::seconds usual_time_limit{600};

bool provisions(const Operation& operation) {
    return operation.kind == Kind::provision || operation.kind == Kind::reprovision;
}

SecretText text_of(const nlohmann::json& document) {
    return SecretText(document.dump(2) + "\n");
}

}  // namespace

bool is_question(const Operation& operation) {
    switch (operation.kind) {
        case Kind::store_slot:
        case Kind::erase_slot:
            return false;
        case Kind::provision:
        case Kind::reprovision:
        case Kind::decommission:
            return operation.dry_run;
        default:
            return true;
    }
}

CallContext context_of(const Operation& operation, const Device& device) {
    const std::chrono::seconds none{0};
    return device.machine().context(provisions(operation) ? operation.time_limit.value_or(usual_time_limit)
                                                          : none);
}

void lock_for(const Operation& operation, const Device& device, const CallContext& context) {
    auto& machine = device.machine();
    const auto& configuration = device.configuration();
    if (provisions(operation) && !configuration.connection_string.empty()) return;
    const bool fills_by_dps = provisions(operation) && !operation.dry_run && configuration.uses_dps();
    if (fills_by_dps) return machine.lock_for_change(context);
    if (operation.kind == Kind::store_slot)
        return machine.lock_for_change(machine.context(std::chrono::seconds{60}));
    machine.lock();
}

SecretText perform(const Operation& operation, const Device& device, const Observer& observer,
                   const CallContext& context) {
    switch (operation.kind) {
        case Kind::status:
            return text_of(status(device));
        case Kind::list_slots:
            return text_of(list_slots(device));
        case Kind::show_slot:
            return text_of(show_slot(device, operation.slot));
        case Kind::slot_token:
            return text_of(slot_token(device, operation.slot, operation.expiry));
        case Kind::slot_connection_string:
            return text_of(slot_connection_string(device, operation.slot, operation.expiry));
        case Kind::store_slot:
            return text_of(store_slot(device, operation.slot, operation.connection_string.view()));
        case Kind::erase_slot:
            return text_of(erase_slot(device, operation.slot));
        case Kind::provision:
        case Kind::reprovision:
            return text_of(provision(device, operation, observer, context));
        case Kind::decommission:
            return text_of(decommission(device, operation.dry_run, observer));
        case Kind::enrollment_info:
            break;
    }
    return SecretText(attestation::to_json(device.enrollment_info()));
}

}  // namespace device_agent::operations
