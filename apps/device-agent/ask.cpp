// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "config/config.hpp"

#include <iostream>

namespace device_agent::app {

nlohmann::json ask(const Invocation& invocation, operations::Agent& agent,
                   const operations::Operation& operation, const operations::Observer& observer) {
    const auto document = agent.perform(operation, observer);
    if (invocation.json) std::cout << document.view() << std::flush;
    return nlohmann::json::parse(document.view());
}

nlohmann::json ask(const Invocation& invocation, const operations::Operation& operation) {
    const auto agent = operations::open_agent(config::load(invocation.config_file), invocation.stop);
    return ask(invocation, *agent, operation);
}

}  // namespace device_agent::app
