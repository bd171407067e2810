// SPDX-License-Identifier: Apache-2.0
#include "config/configuration.hpp"

namespace device_agent::config {

std::vector<Module> Configuration::modules() const {
    std::vector<Module> all;
    if (!agent_uses_device_twin()) all.push_back({agent_module_id, agent_slot, true});
    all.insert(all.end(), other_modules.begin(), other_modules.end());
    return all;
}

}  // namespace device_agent::config
