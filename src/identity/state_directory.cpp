// SPDX-License-Identifier: Apache-2.0
#include "identity/state_directory.hpp"

#include "foundation/durable_file.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"
#include "identity/slot_auth.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace device_agent::identity {
namespace {

constexpr std::chrono::milliseconds look_interval{100};

// Whoever configured a folder that is not the agent's alone must not lose what is in it.
bool is_ours(const std::string& name) {
    return name.starts_with("slot-") || name.starts_with("record.json");
}

std::string reason(int number) {
    return std::generic_category().message(number);
}

}  // namespace

StateDirectory::~StateDirectory() {
    unlock();
}

void StateDirectory::unlock() noexcept {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

void StateDirectory::create() {
    std::error_code error;
    std::filesystem::create_directories(path_.parent_path(), error);
    if (::mkdir(path_.c_str(), 0700) == 0 || errno == EEXIST) return;
    throw Error(ErrorCode::state, "cannot make the state directory " + path_.string() + ": " + reason(errno) +
                                      " (it is named by stateDirectory in the configuration)");
}

bool StateDirectory::lock(const CallContext& context, const std::function<void()>& locked_out) {
    if (descriptor_ >= 0) return true;
    const int descriptor = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        if (errno == ENOENT) return false;
        const auto code = errno == EACCES ? ErrorCode::permission : ErrorCode::state;
        throw Error(code, "cannot open the state directory " + path_.string() + ": " + reason(errno));
    }
    descriptor_ = descriptor;
    try {
        wait_until_free(context, locked_out);
    } catch (...) {
        unlock();
        throw;
    }
    return true;
}

void StateDirectory::wait_until_free(const CallContext& context, const std::function<void()>& locked_out) {
    for (bool told = false; ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0; told = true) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            throw Error(ErrorCode::state,
                        "cannot lock the state directory " + path_.string() + ": " + reason(errno));
        }
        if (locked_out) locked_out();
        if (!context.allows(look_interval)) {
            throw Error(ErrorCode::state, "another device-agent process still works in " + path_.string() +
                                              "; see it with `fuser " + path_.string() +
                                              "` and try again when it is done");
        }
        if (!told)
            log::warning("waiting for another device-agent process", {{"stateDirectory", path_.string()}});
        context.wait(look_interval);
    }
}

std::vector<std::filesystem::path> StateDirectory::own_files() const {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(path_, error)) {
        if (entry.is_regular_file() && is_ours(entry.path().filename().string()))
            files.push_back(entry.path());
    }
    return files;
}

void StateDirectory::require_erasable() const {
    if (own_files().empty() || ::access(path_.c_str(), W_OK | X_OK) == 0) return;
    throw Error(ErrorCode::state, "cannot remove files from the state directory " + path_.string() + ": " +
                                      reason(errno) + ". Nothing was erased");
}

void StateDirectory::erase() {
    auto files = own_files();
    // Without this value nobody could use the keys that an interruption leaves.
    std::partition(files.begin(), files.end(),
                   [&](const auto& file) { return file != slot_auth_path(path_); });
    for (const auto& file : files)
        remove_durably(file);
    ::rmdir(path_.c_str());  // fails where something else is in it, and then it shall stay
}

}  // namespace device_agent::identity
