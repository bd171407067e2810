// SPDX-License-Identifier: Apache-2.0
#include "daemon/condition.hpp"

namespace device_agent::daemon {

const char* name_of(Condition::State state) noexcept {
    using State = Condition::State;
    switch (state) {
        case State::starting:
            return "starting";
        case State::provisioning:
            return "provisioning";
        case State::provisioned:
            return "provisioned";
        case State::retrying:
            return "retrying";
        case State::waiting:
            return "waiting";
        case State::paused:
            return "paused";
        case State::development:
            break;
    }
    return "development";
}

}  // namespace device_agent::daemon
