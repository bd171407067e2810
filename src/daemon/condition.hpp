// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/clock.hpp"

#include <optional>
#include <string>

namespace device_agent::daemon {

/// How the daemon is, as `status` tells it.
struct Condition {
    enum class State {
        starting,
        provisioning,  ///< it works on what is missing
        provisioned,   ///< every slot holds what the configuration wants
        retrying,      ///< it failed, and will try again
        waiting,       ///< somebody else fills the slots (dpsEnabled is false)
        paused,        ///< an administrator emptied slots: they stay so until they are asked for
        development,   ///< connectionString is set
    };
    State state = State::starting;
    WallTime since{};
    std::optional<WallTime> next_attempt;
    std::string last_error;  ///< empty when all is well
};

[[nodiscard]] const char* name_of(Condition::State state) noexcept;

}  // namespace device_agent::daemon
