// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/clock.hpp"
#include "operations/agent.hpp"
#include "operations/device.hpp"
#include "operations/machine.hpp"

#include <functional>

namespace device_agent::operations {

/// Works on the device itself, in this process.
class LocalAgent final : public Agent {
public:
    /// Reaches the TPM, if the configuration needs one, so that a missing one is known now. `locked_out` is
    /// called as Machine says.
    LocalAgent(const config::Configuration& configuration, const std::stop_token& stop,
               std::function<void()> locked_out);

    [[nodiscard]] SecretText perform(const Operation& operation, const Observer& observer) override;

private:
    SystemClock clock_;
    Machine machine_;
    Device device_;
};

}  // namespace device_agent::operations
