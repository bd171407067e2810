// SPDX-License-Identifier: Apache-2.0
#include "provisioning/hub_session.hpp"

#include "cloud/answer.hpp"
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
    auto obtained = find_or_create(module_id, context);
    if (!obtained.module.defect.empty()) throw cloud::NotUnderstood(obtained.module.defect);
    if (obtained.module.authentication != "sas") {
        throw Error(
            ErrorCode::refused,
            "module '" + module_id + "' of device '" + device_.device + "' authenticates by '" +
                obtained.module.authentication +
                "' in the hub, not by a symmetric key: change its authentication there, or delete it");
    }
    return obtained;
}

HubSession::Obtained HubSession::find_or_create(const std::string& module_id, const CallContext& context) {
    if (const auto* known = find(module_id)) return {*known, false};
    auto made = registry_.create(module_id, context);
    // One that came to be since the list: by a request of ours whose answer was lost, most likely. That is
    // not sure, so it does not count as ours.
    const bool created = made.has_value();
    if (!created) made = registry_.get(module_id, context);
    return {existing_.emplace(module_id, std::move(*made)).first->second, created};
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
