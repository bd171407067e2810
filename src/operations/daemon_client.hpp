// SPDX-License-Identifier: Apache-2.0
// The administrators' routes of the socket API, from the other end.
#pragma once

#include "operations/agent.hpp"

#include <filesystem>
#include <optional>
#include <stop_token>
#include <sys/types.h>

namespace device_agent::operations {

/// The process that takes connections at the socket; nothing when there is none. Throws Error{permission}
/// when this user may not connect.
[[nodiscard]] std::optional<pid_t> daemon_at(const std::filesystem::path& socket);

class DaemonClient final : public Agent {
public:
    DaemonClient(std::filesystem::path socket, std::stop_token stop)
        : socket_(std::move(socket)), stop_(std::move(stop)) {}

    /// A stop ends the waiting; what the daemon has begun it brings to its end.
    [[nodiscard]] SecretText perform(const Operation& operation, const Observer& observer) override;

private:
    std::filesystem::path socket_;
    std::stop_token stop_;
};

}  // namespace device_agent::operations
