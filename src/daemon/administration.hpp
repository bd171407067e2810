// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app_api/agent.hpp"
#include "daemon/device_work.hpp"
#include "daemon/job_thread.hpp"
#include "daemon/supervisor.hpp"

namespace device_agent::daemon {

/// What administrators ask for: changes are the supervisor's, one after the other; questions are answered
/// beside them. What it refers to outlives it.
class Administration final : public app_api::Administration {
public:
    Administration(Supervisor& supervisor, DeviceWork& work) : supervisor_(supervisor), work_(work) {}

    void start(app_api::Operation operation, Progress progress, Done done) override;

private:
    [[nodiscard]] SecretText answer(const app_api::Operation& question);

    Supervisor& supervisor_;
    DeviceWork& work_;
    JobThread questions_{"questions"};  // last: it may be at work on the others
};

}  // namespace device_agent::daemon
