// SPDX-License-Identifier: Apache-2.0
// `slot store` and `slot erase`: for factories that fill slots themselves.
#include "foundation/digest.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"
#include "identity/connection_string.hpp"
#include "operations/documents.hpp"
#include "operations/slot_report.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace device_agent::operations {
namespace {

using identity::Slot;

std::string name_of(unsigned slot) {
    return "slot " + std::to_string(slot);
}

void require_ours(const Slot& slot) {
    if (slot.state != Slot::State::foreign) return;
    throw Error(ErrorCode::tpm,
                name_of(slot.number) + " cannot be used, and is left as it is: " + slot.remark +
                    "; move our slots by tpm.keyHandleBase and tpm.nvIndexBase, or clear it by "
                    "the program that made it");
}

// Two programs never share an identity: the hub would throw the first one out when the second connects.
void require_no_other_home(const Device& device, const identity::Identity& identity, unsigned slot) {
    for (const auto& other : device.store().look_everywhere({})) {
        if (other.number == slot || other.identity != identity) continue;
        throw Error(ErrorCode::usage, name_of(other.number) + " holds " + identity.text() +
                                          " already, and two slots never hold one identity: erase it first "
                                          "(`device-agent slot erase " +
                                          std::to_string(other.number) + "`)");
    }
}

bool holds(const Device& device, const Slot& slot, const identity::KeyedIdentity& wanted) {
    if (slot.state != Slot::State::filled || slot.identity != wanted.identity) return false;
    if (slot.place == identity::KeyPlace::certificate) return false;
    const auto probe = as_bytes("device-agent: is this the key?");
    try {
        return device.store().sign(slot.number, probe) == hmac_sha256(wanted.key, probe);
    } catch (const tpm::AuthRefused&) {
        return false;
    }
}

void warn_of_the_configuration(const Device& device, const identity::Identity& identity, unsigned slot) {
    const auto& configuration = device.configuration();
    if (!configuration.uses_dps()) return;
    for (const auto& module : configuration.modules()) {
        if (module.slot != slot || module.id == identity.module) continue;
        log::warning(
            "the configuration wants another module in this slot: `device-agent provision` will put "
            "it there",
            {{"slot", std::to_string(slot)}, {"module", module.id}});
    }
}

nlohmann::json text_or_null(const std::optional<identity::Identity>& identity) {
    return identity ? nlohmann::json(identity->text()) : nlohmann::json();
}

// What was done, and what the slot holds now.
nlohmann::json with_report(const Device& device, unsigned slot, nlohmann::json done) {
    done.update(report(device, device.store().look(std::array{slot}).front()));
    return done;
}

}  // namespace

nlohmann::json store_slot(const Device& device, unsigned number, std::string_view connection_string) {
    auto wanted = identity::parse_connection_string(connection_string);
    auto& slots = device.store();
    const auto old = slots.look(std::array{number}).front();
    require_ours(old);
    require_no_other_home(device, wanted.identity, number);
    warn_of_the_configuration(device, wanted.identity, number);
    if (holds(device, old, wanted))
        return with_report(device, number, {{"stored", false}, {"replaced", nullptr}});
    // What the slot holds stays in use until the new key is durable and has signed once.
    slots.require_room(std::array{number});
    slots.stage({{number, wanted.identity, std::move(wanted.key)}});
    slots.finish(std::array{number});
    return with_report(device, number, {{"stored", true}, {"replaced", text_or_null(old.identity)}});
}

nlohmann::json erase_slot(const Device& device, unsigned number) {
    const auto old = device.store().look(std::array{number}).front();
    require_ours(old);
    const bool holds_something = old.state != Slot::State::empty || old.staged;
    if (holds_something) device.store().erase(number);
    return with_report(device, number,
                       {{"erased", holds_something},
                        {"held", text_or_null(old.identity)},
                        {"forgot", text_or_null(old.staged)}});
}

}  // namespace device_agent::operations
