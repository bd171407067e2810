// SPDX-License-Identifier: Apache-2.0
// Whoever works on this device: the daemon, if it runs, or else this process.
#pragma once

#include "config/configuration.hpp"
#include "operations/perform.hpp"

#include <memory>
#include <stop_token>

namespace device_agent::operations {

class Agent {
public:
    Agent() = default;
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;
    virtual ~Agent() = default;

    /// The document that `--json` prints. Throws Error, the same ones whoever does the work; besides,
    /// Error{permission} when the daemon does not take this caller for an administrator.
    [[nodiscard]] virtual SecretText perform(const Operation& operation, const Observer& observer) = 0;
};

/// Asks the daemon through its socket where it runs, also when it starts only while another process is waited
/// for. Otherwise takes the lock on the state directory, and keeps it until it is destroyed.
[[nodiscard]] std::unique_ptr<Agent> open_agent(config::Configuration configuration, std::stop_token stop);

}  // namespace device_agent::operations
