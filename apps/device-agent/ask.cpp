// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "config/config.hpp"
#include "operations/daemon_client.hpp"

#include <iostream>

namespace device_agent::app {

config::Configuration load_configuration(const Invocation& invocation) {
    auto configuration = config::load_without_named_files(invocation.config_file);
    if (operations::daemon_at(configuration.socket)) return configuration;
    return config::load(invocation.config_file);
}

nlohmann::json ask(const Invocation& invocation, operations::Agent& agent,
                   const operations::Operation& operation, const operations::Observer& observer) {
    const auto document = agent.perform(operation, observer);
    if (invocation.json) std::cout << document.view() << std::flush;
    return nlohmann::json::parse(document.view());
}

nlohmann::json ask(const Invocation& invocation, const operations::Operation& operation) {
    const auto agent = operations::open_agent(load_configuration(invocation), invocation.stop);
    return ask(invocation, *agent, operation);
}

}  // namespace device_agent::app
