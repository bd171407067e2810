// SPDX-License-Identifier: Apache-2.0
#include "provisioning/provisioner.hpp"

#include "attestation/dps_key_blob.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"
#include "identity/credentials.hpp"

#include <algorithm>
#include <array>
#include <exception>

namespace device_agent::provisioning {
namespace {

using identity::Identity;
using identity::Slot;

// Long enough for a registry call and its retries; it authorises nothing after that.
constexpr std::chrono::hours hub_token_life{1};

// A device whose slots are never right after this many rounds is a fault of ours, not of the device.
constexpr int most_rounds = 6;

std::string slot_name(unsigned number) {
    return "slot " + std::to_string(number);
}

}  // namespace

Provisioner::Provisioner(Goal goal, Services services)
    : goal_(std::move(goal)),
      services_(std::move(services)),
      record_(read_record(services_.state_directory)) {}

Found Provisioner::look() {
    std::vector<unsigned> numbers{goal_.desired.device_slot};
    for (const auto& module : goal_.desired.modules)
        numbers.push_back(module.slot);
    return {services_.store.look(numbers), record_.binding, device_refused_};
}

Plan Provisioner::look_and_plan() {
    return make_plan(goal_.desired, look());
}

void Provisioner::provision(const CallContext& context) {
    for (int round = 0; round < most_rounds; ++round) {
        const auto plan = look_and_plan();
        if (plan.empty()) return;
        try {
            apply(plan, context);
        } catch (const Error& error) {
            // The hub no longer knows this device, or not with this key: only DPS can tell where it belongs
            // now.
            if (error.retry().kind != Retry::Kind::reprovision || registered_) throw;
            log::warning("registering with DPS again", {{"reason", explain(error)}});
            device_refused_ = true;
            hub_.reset();
        }
    }
    throw Error(ErrorCode::internal,
                "the slots are still not as wanted after " + std::to_string(most_rounds) +
                    " rounds; please report this with the output of `device-agent provision --dry-run`");
}

void Provisioner::apply(const Plan& plan, const CallContext& context) {
    if (!plan.obstacles.empty()) {
        throw Error(ErrorCode::tpm, plan.obstacles.front() +
                                        "; move our slots by tpm.keyHandleBase and tpm.nvIndexBase, or clear "
                                        "it by the program that made it");
    }
    std::vector<ObtainModule> wanted;
    for (const auto& action : plan.actions) {
        context.check();
        if (const auto* module = std::get_if<ObtainModule>(&action)) {
            wanted.push_back(*module);
        } else if (const auto* registration = std::get_if<RegisterDevice>(&action)) {
            apply(*registration, context);
        } else if (const auto* unfinished = std::get_if<FinishSlot>(&action)) {
            apply(*unfinished, context);
        } else {
            apply(std::get<DiscardStaged>(action));
        }
    }
    if (!wanted.empty()) obtain(wanted, context);
}

void Provisioner::apply(const RegisterDevice& action, const CallContext& context) {
    const auto& binding = goal_.desired.binding;
    services_.progress("registering '" + binding.registration_id + "' with DPS " + binding.endpoint);
    const auto http = services_.connect();
    cloud::DpsClient dps(*http, services_.time);
    const auto assignment =
        dps.register_device({binding.endpoint, binding.id_scope, binding.registration_id, goal_.payload},
                            services_.attestation, context);
    registered_ = true;
    device_refused_ = false;
    if (!assignment.authentication_key) {
        throw Error(ErrorCode::network,
                    "DPS assigned the device without a key for its TPM: check that the enrollment is by TPM");
    }
    const Identity device{assignment.hub, assignment.device_id, std::nullopt};
    services_.progress("DPS assigned hub " + device.hub + ", device " + device.device);
    services_.store.stage(
        {{action.slot, device, attestation::parse_dps_key_blob(*assignment.authentication_key)}});
    take_device_slot(action.slot, device, context);
    record_.binding = binding;
    write_record(services_.state_directory, record_);
}

// The staged key is proven by the list of modules, which is needed anyway; only then it takes the slot.
void Provisioner::take_device_slot(unsigned slot, const Identity& device, const CallContext& context) {
    auto token =
        identity::mint_staged_token(services_.store, slot, device, services_.time.now() + hub_token_life);
    try {
        hub_.emplace(services_, device, goal_.hub_port, std::move(token.text), context);
    } catch (const Error& error) {
        if (error.retry().kind == Retry::Kind::reprovision) services_.store.discard(slot);
        throw;
    }
    services_.store.finish(std::array{slot});
    services_.progress(slot_name(slot) + " holds " + device.text() + "; the hub accepts its key");
}

void Provisioner::apply(const FinishSlot& action, const CallContext& context) {
    if (action.slot == goal_.desired.device_slot) {
        take_device_slot(action.slot, action.identity, context);
        return;
    }
    services_.store.finish(std::array{action.slot});
    services_.progress(slot_name(action.slot) + " holds " + action.identity.text());
}

void Provisioner::apply(const DiscardStaged& action) {
    services_.store.discard(action.slot);
    services_.progress("forgot " + action.identity.text() + ", which waited for " + slot_name(action.slot));
}

HubSession& Provisioner::hub(const CallContext& context) {
    if (hub_) return *hub_;
    const auto slot = services_.store.look(std::array{goal_.desired.device_slot}).front();
    auto token = identity::mint_token(services_.store, slot, services_.time.now() + hub_token_life);
    return hub_.emplace(services_, *slot.identity, goal_.hub_port, std::move(token.text), context);
}

// All creates at the hub come first, then one TPM sequence takes all keys: they are in clear for as short as
// can be.
void Provisioner::obtain(const std::vector<ObtainModule>& wanted, const CallContext& context) {
    auto& session = hub(context);
    std::vector<identity::NewContent> contents;
    std::exception_ptr first_failure;
    for (const auto& action : wanted) {
        context.check();
        try {
            auto [module, created] = session.obtain(action.module, context);
            if (created) record_.created_modules[module.id] = module.generation_id;
            services_.progress(created ? "created module '" + module.id + "'"
                                       : "module '" + module.id +
                                             "' is in the hub already; its keys and its twin are kept");
            contents.push_back(
                {action.slot, session.device().module_identity(module.id), std::move(module.primary_key)});
        } catch (const Error& error) {
            const bool about_this_module =
                error.code() == ErrorCode::refused && error.retry().kind == Retry::Kind::no;
            if (!about_this_module) throw;
            log::error("a module could not be had; the others go on",
                       {{"module", action.module}, {"reason", explain(error)}});
            if (!first_failure) first_failure = std::current_exception();
        }
    }
    if (!contents.empty()) {
        write_record(services_.state_directory, record_);
        services_.store.stage(contents);
        std::vector<unsigned> slots;
        for (const auto& content : contents)
            slots.push_back(content.slot);
        services_.store.finish(slots);
        for (const auto& content : contents)
            services_.progress(slot_name(content.slot) + " holds " + content.identity.text());
    }
    if (first_failure) std::rethrow_exception(first_failure);
}

}  // namespace device_agent::provisioning
