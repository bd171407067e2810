// SPDX-License-Identifier: Apache-2.0
// `device-agent run`: the daemon, made of its parts.
#pragma once

#include "app_api/server.hpp"
#include "daemon/administration.hpp"
#include "daemon/device_work.hpp"
#include "daemon/job_thread.hpp"
#include "daemon/last_resort.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/slot_changes.hpp"
#include "daemon/slot_tokens.hpp"
#include "daemon/supervisor.hpp"
#include "operations/machine.hpp"

#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace device_agent::daemon {

class Daemon {
public:
    /// Reaches the TPM, takes the lock on the state directory for as long as it lives, and opens the sockets.
    /// Throws Error: of the TPM, of the state directory; Error{state} when another one serves.
    Daemon(std::filesystem::path config_file, const config::Configuration& configuration,
           const std::stop_token& stop);
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    ~Daemon();

    /// Serves until a stop is requested. Throws only when the sockets cannot be served.
    void run();

    /// Reads the configuration anew. From any thread, while run() runs.
    void reload();

private:
    void publish(app_api::ViewPointer view);
    void serve_sockets();
    void wait_for_stop();

    // In the order of their lives: each may use those above it, and is gone before them.
    std::optional<LastResort> last_resort_;  // from the stop on, until everything is gone
    std::stop_source stop_;
    std::stop_callback<std::function<void()>> stopped_from_outside_;
    std::filesystem::path config_file_;
    std::vector<service_manager::Socket> handed_over_;
    SystemClock clock_;
    RandomJitter jitter_;
    SlotChanges changes_;
    JobThread tpm_thread_;
    operations::Machine machine_;
    DeviceWork work_;
    Supervisor supervisor_;
    Administration administration_;
    SlotTokens tokens_;
    std::unique_ptr<app_api::Server> server_;
    std::exception_ptr failure_;  // of the thread that serves the sockets
};

}  // namespace device_agent::daemon
