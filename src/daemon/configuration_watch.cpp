// SPDX-License-Identifier: Apache-2.0
#include "daemon/configuration_watch.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <pthread.h>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace device_agent::daemon {
namespace {

constexpr const char* drop_in_folder = "device-agent.d";
constexpr std::uint32_t changes = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;
// An editor and a package write several files, one after the other.
constexpr int quiet_milliseconds = 200;

}  // namespace

ConfigurationWatch::ConfigurationWatch(const std::filesystem::path& file, std::function<void()> changed)
    : folder_(std::filesystem::absolute(file).parent_path()),
      name_(file.filename().string()),
      changed_(std::move(changed)),
      inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      ends_(::eventfd(0, EFD_CLOEXEC)) {
    if (inotify_ < 0 || ends_ < 0) throw std::system_error(errno, std::generic_category(), "inotify");
    of_folder_ = ::inotify_add_watch(inotify_, folder_.c_str(), changes | IN_CREATE);
    watch_drop_ins();
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "configuration");
        watch();
    });
}

ConfigurationWatch::~ConfigurationWatch() {
    ::eventfd_write(ends_, 1);
    thread_.join();
    ::close(inotify_);
    ::close(ends_);
}

// It may come later, and be another one then.
void ConfigurationWatch::watch_drop_ins() {
    of_drop_ins_ = ::inotify_add_watch(inotify_, (folder_ / drop_in_folder).c_str(), changes | IN_ONLYDIR);
}

void ConfigurationWatch::watch() {
    std::array<pollfd, 2> watched{pollfd{inotify_, POLLIN, 0}, pollfd{ends_, POLLIN, 0}};
    for (bool has_changed = false;;) {
        const int found = ::poll(watched.data(), watched.size(), has_changed ? quiet_milliseconds : -1);
        if (found < 0 && errno != EINTR) return;
        if (watched[1].revents != 0) return;
        if (found == 0) {
            has_changed = false;
            changed_();
        } else if (found > 0) {
            has_changed = read_changes() || has_changed;
        }
    }
}

// Whether one of them is about the configuration.
bool ConfigurationWatch::read_changes() {
    alignas(inotify_event) std::array<char, 4096> buffer{};
    bool is_ours = false;
    for (;;) {
        const auto size = ::read(inotify_, buffer.data(), buffer.size());
        if (size <= 0) return is_ours;
        for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const std::string_view name(event.len == 0 ? "" : buffer.data() + at + sizeof event);
            at += sizeof event + event.len;
            const bool is_drop_in_folder = event.wd == of_folder_ && name == drop_in_folder;
            if (is_drop_in_folder) watch_drop_ins();
            is_ours = is_ours || is_drop_in_folder ||
                      (event.wd == of_folder_ && name == name_ && event.mask != IN_CREATE) ||
                      (event.wd == of_drop_ins_ && name.ends_with(".json")) ||
                      (event.mask & IN_Q_OVERFLOW) != 0;
        }
    }
}

}  // namespace device_agent::daemon
