// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/dps/allocation.hpp"
#include "emulator/hub/registry.hpp"

namespace emulator::dps {

struct Assignment {
    hub::Identity device;
    std::string substatus;
};

/// Gives an attested machine its device at the allocated hub, known there by what it attested with. A device
/// that is there is kept, with its modules; and its twin with it, unless the enrollment's policy resets it.
/// When the hub has changed, the device is removed from the old one with its modules, and made anew at the
/// new one, with the old twin or the initial one, as the policy says. The caller commits.
[[nodiscard]] Assignment assign(store::Transaction& transaction, const hub::Registry& registry,
                                const Attested& attested, const Allocation& allocation,
                                const std::optional<Registration>& previous, device_agent::WallTime now);

}  // namespace emulator::dps
