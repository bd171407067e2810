// SPDX-License-Identifier: Apache-2.0
#include "daemon/view.hpp"

#include <algorithm>

namespace device_agent::daemon {
namespace {

using identity::Slot;

constexpr const char* device_application = "$device";

/// Which module an application is to be; nothing for the device itself.
using Wanted = std::optional<std::string>;

bool holds(const Slot& slot, const Wanted& wanted) {
    return slot.state == Slot::State::filled && slot.identity && slot.identity->module == wanted;
}

}  // namespace

app_api::ViewPointer make_view(const config::Configuration& configuration, const std::vector<Slot>& slots,
                               const SlotChanges& changes) {
    auto view = std::make_shared<app_api::View>();
    view->applications = configuration.applications;
    view->administrators = configuration.administrators;
    view->max_token_life = configuration.max_token_lifetime;
    view->default_token_life = std::min(configuration.connection_string_expiry, view->max_token_life);

    const auto serve = [&](const std::string& application, unsigned number, const Wanted& wanted) {
        const auto slot = std::ranges::find(slots, number, &Slot::number);
        if (slot == slots.end() || !holds(*slot, wanted)) return;
        view->identities.emplace(application, app_api::ServedIdentity{*slot, changes.key_of(number)});
    };
    for (const auto& module : configuration.other_modules)
        serve(module.id, module.slot, module.id);
    if (!configuration.agent_uses_device_twin()) serve(device_application, configuration.device_slot, {});
    return view;
}

}  // namespace device_agent::daemon
