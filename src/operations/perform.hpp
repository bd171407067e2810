// SPDX-License-Identifier: Apache-2.0
// What can be asked of a device, in one implementation: the command line does it by itself or has the daemon
// do it, and either way the answer is the document that `--json` prints.
#pragma once

#include "app_api/agent.hpp"
#include "foundation/call_context.hpp"
#include "foundation/secret.hpp"
#include "operations/device.hpp"

#include <functional>
#include <string>
#include <vector>

namespace device_agent::operations {

using app_api::Operation;

/// Told on the way, on the thread that performs. An empty function is not called.
struct Observer {
    /// By provision and reprovision, before anything is done: the plan's lines, and what stands in its way.
    std::function<void(const std::vector<std::string>& plan, const std::vector<std::string>& obstacles)>
        planned{};
    /// Each step as it is done.
    std::function<void(const std::string&)> step{};
};

/// Whether it leaves everything as it is, so that it need not wait for what is being changed.
[[nodiscard]] bool is_question(const Operation& operation);

/// How long it may take.
[[nodiscard]] CallContext context_of(const Operation& operation, const Device& device);

/// Takes the lock that the operation needs (Machine::lock), if it is not held.
void lock_for(const Operation& operation, const Device& device, const CallContext& context);

/// The document, which may hold a token. The caller holds the lock. Throws Error.
[[nodiscard]] SecretText perform(const Operation& operation, const Device& device, const Observer& observer,
                                 const CallContext& context);

}  // namespace device_agent::operations
