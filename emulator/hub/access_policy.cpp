// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/access_policy.hpp"

namespace emulator::hub {
namespace {

constexpr unsigned bit(Right right) {
    return static_cast<unsigned>(right);
}

struct Policy {
    std::string_view name;
    unsigned rights;
};

constexpr std::array<Policy, policy_names.size()> policies{{
    {"iothubowner", bit(Right::registry_read) | bit(Right::registry_write) | bit(Right::service_connect) |
                        bit(Right::device_connect)},
    {"service", bit(Right::service_connect)},
    {"device", bit(Right::device_connect)},
    {"registryRead", bit(Right::registry_read)},
    {"registryReadWrite", bit(Right::registry_read) | bit(Right::registry_write)},
}};

}  // namespace

bool policy_grants(std::string_view policy, Right right) {
    for (const auto& known : policies) {
        if (known.name == policy) return (known.rights & bit(right)) != 0;
    }
    return false;
}

}  // namespace emulator::hub
