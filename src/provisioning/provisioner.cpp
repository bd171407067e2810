// SPDX-License-Identifier: Apache-2.0
#include "provisioning/provisioner.hpp"

#include "cloud/answer.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"
#include "identity/credentials.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace device_agent::provisioning {
namespace {

using identity::Identity;

// Long enough for a registry call and its retries; it authorises nothing after that.
constexpr std::chrono::hours hub_token_life{1};

// Discard, register, obtain, take, verify, obtain and take again, erase, prune: more rounds are a fault of
// ours.
constexpr int most_rounds = 16;

std::string slot_name(unsigned number) {
    return "slot " + std::to_string(number);
}

template <typename Kind>
std::vector<Kind> leading(const Plan& plan) {
    std::vector<Kind> actions;
    for (const auto& action : plan.actions) {
        const auto* one = std::get_if<Kind>(&action);
        if (one == nullptr) break;
        actions.push_back(*one);
    }
    return actions;
}

// The hub is there and knows the device: another module may well be had.
bool is_about_one_module(const Error& error) {
    const bool refused = error.code() == ErrorCode::refused && error.retry().kind == Retry::Kind::no;
    return refused || dynamic_cast<const cloud::NotUnderstood*>(&error) != nullptr;
}

Record record_of_this_machine(const std::filesystem::path& state_directory, const std::string& machine) {
    auto record = read_record(state_directory);
    if (!record.machine.empty() && !machine.empty() && record.machine != machine) {
        log::warning(
            "the state directory was made with another TPM, or without one: this disk was copied from "
            "another "
            "machine, or the TPM was replaced, or identityStore was changed; what it says is not used",
            {{"stateDirectory", state_directory.string()}});
        record = {};
    }
    record.machine = machine;
    return record;
}

}  // namespace

Provisioner::Provisioner(Goal goal, Services services)
    : goal_(std::move(goal)),
      services_(std::move(services)),
      record_(record_of_this_machine(services_.state_directory, goal_.machine)) {}

Plan Provisioner::look_and_plan() {
    std::vector<unsigned> numbers{goal_.desired.device_slot};
    for (const auto& module : goal_.desired.modules)
        numbers.push_back(module.slot);
    Found found;
    found.slots = services_.store.look_everywhere(numbers);
    found.binding = record_.binding;
    found.staged_binding = record_.staged_binding;
    found.device = record_.device;
    found.staged_device = record_.staged_device;
    found.created_modules = record_.created_modules;
    found.device_accepted = hub_.has_value();
    found.device_refused = device_refused_;
    found.hub = seen_in_hub_;
    found.failed_modules = failed_modules_;
    const auto device = std::ranges::find(found.slots, goal_.desired.device_slot, &identity::Slot::number);
    device_in_slot_ = device->identity ? device->identity->text() : std::string();
    return make_plan(goal_.desired, found);
}

void Provisioner::provision(const CallContext& context) {
    for (int count = 0; count < most_rounds; ++count) {
        context.check();
        const auto plan = look_and_plan();
        try {
            if (!plan.empty()) {
                round(plan, context);
            } else if (goal_.verify && !verified_) {
                ask_the_hub(context);
            } else {
                adopt_binding();
                if (first_failure_) std::rethrow_exception(first_failure_);
                return;
            }
        } catch (const Error& error) {
            if (error.retry().kind != Retry::Kind::reprovision) throw;
            recover_from(error);
        }
    }
    throw Error(ErrorCode::internal,
                "the slots are still not as wanted after " + std::to_string(most_rounds) +
                    " rounds; please report this with the output of `device-agent provision --dry-run`");
}

// Slots that were filled before there was a record, by an older agent or by a factory, count from now on as
// assigned for this configuration: a later change of it is then noticed.
void Provisioner::adopt_binding() {
    if (record_.binding == goal_.desired.binding && record_.device == device_in_slot_) return;
    record_.binding = goal_.desired.binding;
    record_.device = device_in_slot_;
    keep_record();
}

// Called while `error` is handled. The hub no longer knows this device, or not with this key: only DPS can
// tell where it belongs now. A device that DPS has just assigned and the hub refuses all the same is beyond
// our help.
void Provisioner::recover_from(const Error& error) {
    const auto slot = services_.store.look(std::array{goal_.desired.device_slot}).front();
    if (slot.staged) services_.store.discard(slot.number);
    if (registered_) throw;
    log::warning("registering with DPS again", {{"reason", explain(error)}});
    device_refused_ = true;
    hub_.reset();
}

// Applies the leading actions of one kind; what follows from them is seen by looking again.
void Provisioner::round(const Plan& plan, const CallContext& context) {
    if (!plan.obstacles.empty()) {
        throw Error(ErrorCode::tpm, plan.obstacles.front() +
                                        "; move our slots by tpm.keyHandleBase and tpm.nvIndexBase, or clear "
                                        "it by the program that made it");
    }
    require_room_for(plan);
    std::visit([&]<typename Kind>(const Kind& /*first*/) { apply(leading<Kind>(plan), context); },
               plan.actions.front());
}

void Provisioner::require_room_for(const Plan& plan) {
    std::vector<unsigned> slots;
    for (const auto& action : plan.actions) {
        if (const auto* registration = std::get_if<RegisterDevice>(&action))
            slots.push_back(registration->slot);
        if (const auto* module = std::get_if<ObtainModule>(&action)) slots.push_back(module->slot);
    }
    if (!slots.empty()) services_.store.require_room(slots);
}

void Provisioner::apply(const std::vector<DiscardStaged>& actions, const CallContext& /*context*/) {
    for (const auto& action : actions) {
        services_.store.discard(action.slot);
        services_.progress("forgot " + action.identity.text() + ", which waited for " +
                           slot_name(action.slot));
    }
}

void Provisioner::apply(const std::vector<RegisterDevice>& actions, const CallContext& context) {
    const auto& binding = goal_.desired.binding;
    services_.progress("registering '" + binding.registration_id + "' with DPS " + binding.endpoint);
    const auto http = services_.connect();
    cloud::DpsClient dps(*http, services_.time);
    const auto assignment =
        dps.register_device({binding.endpoint, binding.id_scope, binding.registration_id, goal_.payload},
                            services_.attestation, context);
    auto key = services_.attestation.device_key(assignment.authentication_key);
    const Identity device{assignment.hub, assignment.device_id, std::nullopt};
    services_.progress("DPS assigned hub " + device.hub + ", device " + device.device);
    stage_device(actions.front().slot, device, std::move(key));
    registered_ = true;
    device_refused_ = false;
    goal_.desired.register_anew = false;
    seen_in_hub_.clear();
    hub_.reset();
}

// At no time does the record tell of another assignment than of the one that is staged; when it tells of
// none, the device registers again.
void Provisioner::stage_device(unsigned slot, const Identity& device,
                               std::optional<identity::KeyMaterial> key) {
    if (record_.staged_binding) {
        record_.staged_binding.reset();
        record_.staged_device.clear();
        keep_record();
    }
    services_.store.stage({{slot, device, std::move(key)}});
    record_.staged_binding = goal_.desired.binding;
    record_.staged_device = device.text();
    keep_record();
}

// All creates at the hub come first, then one TPM sequence takes all keys: they are in clear for as short as
// can be.
void Provisioner::apply(const std::vector<ObtainModule>& actions, const CallContext& context) {
    auto& session = hub(context);
    std::vector<identity::NewContent> contents;
    for (const auto& action : actions) {
        context.check();
        try {
            auto [module, created] = session.obtain(action.module, context);
            if (created) {
                record_.created_modules[module.id] = module.generation_id;
                keep_record();
            }
            services_.progress(created ? "created module '" + module.id + "'"
                                       : "module '" + module.id +
                                             "' is in the hub already; its keys and its twin are kept");
            contents.push_back(
                {action.slot, session.device().module_identity(module.id), std::move(module.primary_key)});
        } catch (const Error& error) {
            if (!is_about_one_module(error)) throw;
            log::error("a module could not be had; the others go on",
                       {{"module", action.module}, {"reason", explain(error)}});
            failed_modules_.insert(action.module);
            seen_in_hub_.erase(action.module);
            if (!first_failure_) first_failure_ = std::current_exception();
        }
    }
    if (contents.empty()) return;
    services_.store.stage(contents);
    for (const auto& content : contents)
        seen_in_hub_[*content.identity.module] = HubModule::same_key;
}

// The device's key is proven by the list of modules; a module's was, when it was staged. Then all take their
// slots. A device that was made anew in its hub has lost its modules there: those come back first.
void Provisioner::apply(const std::vector<TakeSlot>& actions, const CallContext& context) {
    const auto for_device = [&](const TakeSlot& action) { return action.slot == goal_.desired.device_slot; };
    const bool takes_device = std::ranges::any_of(actions, for_device);
    if (takes_device) {
        compare_with_hub(context);
        const auto is_lost = [](const auto& seen) { return seen.second != HubModule::same_key; };
        if (std::ranges::any_of(seen_in_hub_, is_lost)) return;
    }
    std::vector<unsigned> slots;
    slots.reserve(actions.size());
    for (const auto& action : actions)
        slots.push_back(action.slot);
    services_.store.finish(slots);
    for (const auto& action : actions) {
        services_.progress(slot_name(action.slot) + " holds " + action.identity.text() +
                           (for_device(action) ? "; the hub accepts its key" : ""));
    }
    if (takes_device) {
        record_.binding = std::exchange(record_.staged_binding, std::nullopt);
        record_.device = std::exchange(record_.staged_device, {});
        keep_record();
    }
}

void Provisioner::apply(const std::vector<DropStale>& actions, const CallContext& /*context*/) {
    for (const auto& action : actions) {
        services_.store.erase(action.slot);
        services_.progress("emptied " + slot_name(action.slot) + "; " + action.identity.text() +
                           " is of no use, since the device is " + action.device.text() + " now");
    }
}

void Provisioner::apply(const std::vector<EraseSlot>& actions, const CallContext& /*context*/) {
    for (const auto& action : actions) {
        services_.store.erase(action.slot);
        services_.progress("emptied " + slot_name(action.slot) + "; " + action.identity.text() + " is in " +
                           slot_name(action.home));
    }
}

void Provisioner::apply(const std::vector<PruneModule>& actions, const CallContext& context) {
    auto& session = hub(context);
    for (const auto& action : actions) {
        const auto* module = session.find(action.module);
        const bool ours = module != nullptr && module->generation_id == action.generation_id;
        if (ours) session.remove(action.module, context);
        for (const auto slot : action.slots)
            services_.store.erase(slot);
        record_.created_modules.erase(action.module);
        keep_record();
        services_.progress(ours ? "removed module '" + action.module + "'"
                                : "module '" + action.module +
                                      "' is no longer the one that we created; the hub is left as it is");
    }
}

void Provisioner::ask_the_hub(const CallContext& context) {
    compare_with_hub(context);
    verified_ = true;
    services_.progress("compared every slot with the hub");
}

void Provisioner::compare_with_hub(const CallContext& context) {
    const auto& session = hub(context);
    for (const auto& module : goal_.desired.modules) {
        if (seen_in_hub_.contains(module.id) || failed_modules_.contains(module.id)) continue;
        const auto* known = session.find(module.id);
        seen_in_hub_[module.id] = known == nullptr ? HubModule::absent : compare_key(module, *known);
    }
}

// The key that the slot will have: a staged one, where one waits.
HubModule Provisioner::compare_key(const DesiredModule& module, const cloud::Module& known) {
    if (known.authentication != "sas" || !known.defect.empty()) return HubModule::other_key;
    const auto probe = as_bytes("device-agent: is this the key?");
    try {
        const auto slot = services_.store.look(std::array{module.slot}).front();
        const bool waits = slot.staged == hub_->device().module_identity(module.id);
        const auto mac = waits ? services_.store.sign_staged(module.slot, probe)
                               : services_.store.sign(module.slot, probe);
        const bool same =
            mac == hmac_sha256(known.primary_key, probe) || mac == hmac_sha256(known.secondary_key, probe);
        return same ? HubModule::same_key : HubModule::other_key;
    } catch (const tpm::AuthRefused& error) {
        log::warning("a slot's key cannot be used",
                     {{"slot", std::to_string(module.slot)}, {"reason", error.what()}});
        return HubModule::other_key;
    }
}

HubSession& Provisioner::hub(const CallContext& context) {
    if (hub_) return *hub_;
    const auto slot = services_.store.look(std::array{goal_.desired.device_slot}).front();
    const auto expires = services_.time.now() + hub_token_life;
    const bool by_staged_key = slot.staged && !slot.staged->module;
    const auto& device = by_staged_key ? *slot.staged : slot.identity.value();
    SecretText token;
    if (goal_.desired.binding.attestation != attests_by_certificate) {
        token = (by_staged_key ? identity::mint_staged_token(services_.store, slot.number, device, expires)
                               : identity::mint_token(services_.store, slot, expires))
                    .text;
    }
    return hub_.emplace(services_, device, goal_.hub_port, std::move(token), context);
}

// The slots are the truth: a record that cannot be written costs a registration later, and modules that
// --prune does not know.
void Provisioner::keep_record() {
    try {
        write_record(services_.state_directory, record_);
    } catch (const Error& error) {
        log::warning("the record cannot be written", {{"reason", explain(error)}});
    }
}

}  // namespace device_agent::provisioning
