// SPDX-License-Identifier: Apache-2.0
#include "daemon/device_work.hpp"

#include "config/config.hpp"
#include "daemon/fixed_settings.hpp"
#include "daemon/shared_slots.hpp"
#include "daemon/view.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"
#include "operations/keeping.hpp"
#include "operations/perform.hpp"
#include "operations/provisioning_run.hpp"
#include "operations/slots_of_others.hpp"

#include <utility>

namespace device_agent::daemon {

DeviceWork::DeviceWork(std::filesystem::path config_file, config::Configuration configuration,
                       operations::Machine& machine, JobThread& thread, SlotChanges& changes,
                       std::function<void(app_api::ViewPointer)> publish)
    : config_file_(std::move(config_file)),
      machine_(machine),
      thread_(thread),
      changes_(changes),
      publish_(std::move(publish)),
      device_(make_device(std::move(configuration))) {}

std::shared_ptr<const operations::Device> DeviceWork::make_device(config::Configuration configuration) {
    auto slots = std::make_unique<SharedSlots>(operations::make_store(configuration, machine_.tpm()), thread_,
                                               changes_);
    return std::make_shared<const operations::Device>(std::move(configuration), machine_, std::move(slots));
}

std::shared_ptr<const operations::Device> DeviceWork::device() const {
    const std::scoped_lock lock(mutex_);
    return device_;
}

std::shared_ptr<identity::SlotStore> DeviceWork::slots() const {
    auto now = device();
    auto& store = now->store();
    return {std::move(now), &store};
}

void DeviceWork::serve() {
    const auto now = device();
    publish_(make_view(now->configuration(), now->store().look(now->slot_numbers()), changes_));
}

Outlook DeviceWork::outlook() {
    using Next = Outlook::Next;
    const auto now = device();
    if (!now->configuration().connection_string.empty()) return {Next::development, {}};
    if (!now->configuration().uses_dps()) {
        operations::finish_staged(*now);
        const auto empty = operations::empty_slots(*now);
        if (empty.empty()) return {};
        return {Next::look_again, "nobody has filled slot " + std::to_string(empty.front()) + " yet"};
    }
    operations::ProvisioningRun run(*now, {}, [](const std::string&) {});
    const auto plan = run.provisioner().look_and_plan();
    if (plan.empty()) return {};
    return {Next::provision,
            plan.obstacles.empty() ? describe(plan.actions.front()) : plan.obstacles.front()};
}

void DeviceWork::provision(const provisioning::Progress& progress, const CallContext& context) {
    const auto now = device();
    machine_.lock_for_change(context);
    operations::ProvisioningRun(*now, {}, progress).provisioner().provision(context);
}

SecretText DeviceWork::perform(const app_api::Operation& operation, const provisioning::Progress& progress) {
    static_cast<void>(take_changed_configuration());
    const auto now = device();
    const auto context = operations::context_of(operation, *now);
    operations::lock_for(operation, *now, context);
    operations::Observer observer;
    observer.step = progress;
    return operations::perform(operation, *now, observer, context);
}

void DeviceWork::reload() {
    auto configuration = config::load(config_file_);
    require_same_fixed_settings(device()->configuration(), configuration);
    operations::log_warnings(configuration);
    renew(std::move(configuration));
}

bool DeviceWork::take_changed_configuration() {
    try {
        auto configuration = config::load(config_file_);
        const auto now = device();
        if (configuration.effective == now->configuration().effective) return false;
        require_same_fixed_settings(now->configuration(), configuration);
        renew(std::move(configuration));
        return true;
    } catch (const Error& error) {
        log::debug("a changed configuration is not taken", {{"reason", explain(error)}});
    }
    return false;
}

void DeviceWork::renew(config::Configuration configuration) {
    auto renewed = make_device(std::move(configuration));
    const std::scoped_lock lock(mutex_);
    device_.swap(renewed);
}

}  // namespace device_agent::daemon
