// SPDX-License-Identifier: Apache-2.0
// A connected device or module, as the hub sees it.
#pragma once

#include "emulator/hub/identity.hpp"

#include <functional>

namespace emulator::hub {

/// A direct method on its way to a device.
struct MethodCall {
    std::string name;
    std::string payload;  ///< JSON text; empty when there is none
};

struct MethodResult {
    int status = 0;
    std::string payload{};  ///< JSON text; empty when there is none
};

/// Called once, from any thread; with nothing when the link went away before it had an answer.
using MethodCompletion = std::function<void(std::optional<MethodResult>)>;

/// Implemented by what holds the connection. The functions are called from any thread, often while a database
/// transaction is open: they queue what is to be done on the connection and return, call nothing of the hub,
/// and do not throw. What is asked of a link that is already closing is dropped.
class DeviceLink {
public:
    DeviceLink() = default;
    DeviceLink(const DeviceLink&) = delete;
    DeviceLink& operator=(const DeviceLink&) = delete;
    virtual ~DeviceLink() = default;

    /// Desired properties changed. `patch`: what changed, null for what is gone, and "$version".
    virtual void desired_changed(const nlohmann::json& patch) = 0;

    /// A cloud-to-device message waits. The link takes messages with DeviceServices::receive() as fast as its
    /// connection does, until there is none.
    virtual void message_waiting() = 0;

    virtual void invoke(const MethodCall& call, MethodCompletion done) = 0;

    /// `reason` is for the record.
    virtual void close(const std::string& reason) = 0;

    /// Why that with which the connection proved itself does so no longer, in words; nothing while it does.
    /// Called when the identity or its device has changed in the registry.
    [[nodiscard]] virtual std::optional<std::string> reason_against(const Identity& identity,
                                                                    const Identity& device) const = 0;
};

}  // namespace emulator::hub
