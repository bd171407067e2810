// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <thread>

namespace device_agent::daemon {

/// Calls `changed`, on a thread of its own, when the configuration file or one of its drop-ins was written,
/// replaced, added or removed: a moment after the last of several changes. A file that is reached through a
/// symbolic link is not followed: SIGHUP is for that.
class ConfigurationWatch {
public:
    ConfigurationWatch(const std::filesystem::path& file, std::function<void()> changed);
    ConfigurationWatch(const ConfigurationWatch&) = delete;
    ConfigurationWatch& operator=(const ConfigurationWatch&) = delete;
    ~ConfigurationWatch();

private:
    void watch();
    void watch_drop_ins();
    [[nodiscard]] bool read_changes();

    std::filesystem::path folder_;
    std::string name_;
    std::function<void()> changed_;
    int inotify_ = -1;
    int ends_ = -1;  // eventfd
    int of_folder_ = -1;
    int of_drop_ins_ = -1;
    std::thread thread_;
};

}  // namespace device_agent::daemon
