// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/module_registry.hpp"
#include "identity/identity.hpp"
#include "provisioning/services.hpp"

#include <map>
#include <memory>
#include <string>

namespace device_agent::provisioning {

/// One connection to the hub as the device. Opening it asks for the list of modules, which at once proves
/// that the hub accepts the device's key.
class HubSession {
public:
    /// `token` is a SAS token of `device`; empty when the connections of `services` show its certificate.
    HubSession(const Services& services, const identity::Identity& device, unsigned https_port,
               SecretText token, const CallContext& context);

    struct Obtained {
        cloud::Module module;
        bool created = false;  ///< false: it was there before, and is as it was
    };
    /// The module with its key: the one that exists, or a new one. Throws Error{refused} for one that does
    /// not authenticate by a symmetric key, NotUnderstood for one that the hub describes in no way that we
    /// know.
    [[nodiscard]] Obtained obtain(const std::string& module_id, const CallContext& context);

    /// As the list showed it, or as it was created here; null when the hub has no such module.
    [[nodiscard]] const cloud::Module* find(const std::string& module_id) const;

    void remove(const std::string& module_id, const CallContext& context);

    [[nodiscard]] const identity::Identity& device() const noexcept { return device_; }

private:
    [[nodiscard]] Obtained find_or_create(const std::string& module_id, const CallContext& context);

    identity::Identity device_;
    std::unique_ptr<cloud::HttpClient> http_;
    cloud::ModuleRegistry registry_;
    std::map<std::string, cloud::Module> existing_;
};

}  // namespace device_agent::provisioning
