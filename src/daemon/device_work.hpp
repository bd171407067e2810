// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/job_thread.hpp"
#include "daemon/slot_changes.hpp"
#include "daemon/work.hpp"
#include "operations/device.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>

namespace device_agent::daemon {

/// The supervisor's work on the real device.
class DeviceWork final : public Work {
public:
    /// `publish` is given what is served, whenever it is looked at. `machine`, `thread` and `changes` outlive
    /// it.
    DeviceWork(std::filesystem::path config_file, config::Configuration configuration,
               operations::Machine& machine, JobThread& thread, SlotChanges& changes,
               std::function<void(app_api::ViewPointer)> publish);

    void serve() override;
    [[nodiscard]] Outlook outlook() override;
    void provision(const provisioning::Progress& progress, const CallContext& context) override;
    [[nodiscard]] SecretText perform(const app_api::Operation& operation,
                                     const provisioning::Progress& progress) override;
    void reload() override;

    /// Who has written the configuration and asks at once means the new one, although reload() is still to
    /// come. A wrong one is left to that, which tells it. Whether it was taken. From any thread.
    [[nodiscard]] bool take_changed_configuration();

    /// The device as the configuration that holds now wants it. From any thread.
    [[nodiscard]] std::shared_ptr<const operations::Device> device() const;
    /// Its slots. They stay what they are as long as somebody has them.
    [[nodiscard]] std::shared_ptr<identity::SlotStore> slots() const;

private:
    [[nodiscard]] std::shared_ptr<const operations::Device> make_device(config::Configuration configuration);
    void renew(config::Configuration configuration);

    std::filesystem::path config_file_;
    operations::Machine& machine_;
    JobThread& thread_;
    SlotChanges& changes_;
    std::function<void(app_api::ViewPointer)> publish_;
    mutable std::mutex mutex_;
    std::shared_ptr<const operations::Device> device_;
};

}  // namespace device_agent::daemon
