// SPDX-License-Identifier: Apache-2.0
#include "provisioning/hub_session.hpp"

#include "foundation/error.hpp"

namespace device_agent::provisioning {

HubSession::HubSession(const Services& services, const identity::Identity& device, unsigned https_port,
                       SecretText token, const CallContext& context)
    : device_(device),
      http_(services.connect()),
      registry_(*http_, {device.hub, https_port, device.device}, std::move(token)) {
    for (auto& module : registry_.list(context)) {
        auto id = module.id;
        existing_.emplace(std::move(id), std::move(module));
    }
}

HubSession::Obtained HubSession::obtain(const std::string& module_id, const CallContext& context) {
    const bool creates = !existing_.contains(module_id);
    if (creates) existing_.emplace(module_id, registry_.create(module_id, context));
    Obtained obtained{existing_.at(module_id), creates};
    if (obtained.module.authentication != "sas") {
        throw Error(
            ErrorCode::refused,
            "module '" + module_id + "' of device '" + device_.device + "' authenticates by '" +
                obtained.module.authentication +
                "' in the hub, not by a symmetric key: change its authentication there, or delete it");
    }
    return obtained;
}

const cloud::Module* HubSession::find(const std::string& module_id) const {
    const auto at = existing_.find(module_id);
    return at == existing_.end() ? nullptr : &at->second;
}

void HubSession::remove(const std::string& module_id, const CallContext& context) {
    registry_.remove(module_id, context);
    existing_.erase(module_id);
}

}  // namespace device_agent::provisioning
