// SPDX-License-Identifier: Apache-2.0
#include "operations/local_agent.hpp"

#include "operations/keeping.hpp"

#include <utility>

namespace device_agent::operations {

LocalAgent::LocalAgent(const config::Configuration& configuration, const std::stop_token& stop,
                       std::function<void()> locked_out)
    : machine_(configuration.state_directory, open_tpm(configuration, clock_, stop), clock_, stop),
      device_(configuration, machine_, make_store(configuration, machine_.tpm())) {
    machine_.when_locked_out(std::move(locked_out));
}

SecretText LocalAgent::perform(const Operation& operation, const Observer& observer) {
    const auto context = context_of(operation, device_);
    lock_for(operation, device_, context);
    return operations::perform(operation, device_, observer, context);
}

}  // namespace device_agent::operations
