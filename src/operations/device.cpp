// SPDX-License-Identifier: Apache-2.0
#include "operations/device.hpp"

#include "config/config.hpp"
#include "foundation/logging.hpp"
#include "operations/attesting.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace device_agent::operations {
namespace {

std::string joined(const config::Grant& grant) {
    std::string text;
    const auto add = [&](const char* kind, const std::vector<std::string>& names) {
        for (const auto& name : names)
            text += (text.empty() ? "" : ", ") + std::string(kind) + " " + name;
    };
    add("user", grant.users);
    add("group", grant.groups);
    add("unit", grant.units);
    return text.empty() ? "nobody yet" : text;
}

}  // namespace

Device::Device(config::Configuration configuration, Machine& machine,
               std::unique_ptr<identity::SlotStore> store)
    : configuration_(std::move(configuration)), machine_(machine), store_(std::move(store)) {}

std::chrono::seconds Device::token_life() const {
    return std::min(configuration_.connection_string_expiry, configuration_.max_token_lifetime);
}

bool Device::attests() const noexcept {
    return machine_.tpm() != nullptr || configuration_.attestation.type != config::AttestationType::tpm;
}

attestation::EnrollmentInfo Device::enrollment_info() const {
    return operations::enrollment_info(configuration_, machine_.tpm());
}

std::vector<unsigned> Device::slot_numbers() const {
    std::set<unsigned> numbers{configuration_.device_slot, configuration_.agent_slot};
    for (const auto& module : configuration_.modules())
        numbers.insert(module.slot);
    return {numbers.begin(), numbers.end()};
}

std::string Device::purpose_of(unsigned slot) const {
    const auto grant = [&](const std::string& id) {
        const auto at = configuration_.applications.find(id);
        return at == configuration_.applications.end() ? std::string() : " (" + joined(at->second) + ")";
    };
    if (slot == configuration_.device_slot) {
        if (configuration_.agent_uses_device_twin()) return "agent, on the device twin";
        return configuration_.applications.contains("$device") ? "main application" + grant("$device")
                                                               : "device";
    }
    for (const auto& module : configuration_.modules()) {
        if (module.slot == slot)
            return module.is_agent ? "agent" : "application " + module.id + grant(module.id);
    }
    return {};
}

void log_warnings(const config::Configuration& configuration) {
    for (const auto& warning : configuration.warnings)
        log::warning(config::render(warning));
}

}  // namespace device_agent::operations
