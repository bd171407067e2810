// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/call_context.hpp"

#include <filesystem>
#include <functional>
#include <vector>

namespace device_agent::identity {

/// The agent's own folder, and the lock on it: one process at a time works on the slots. The lock is a
/// flock() on the folder's descriptor, so that it works on a read-only file system and goes with the process.
class StateDirectory {
public:
    /// Does nothing yet: a question about a device must not make a folder on it.
    explicit StateDirectory(std::filesystem::path path) : path_(std::move(path)) {}
    StateDirectory(const StateDirectory&) = delete;
    StateDirectory& operator=(const StateDirectory&) = delete;
    ~StateDirectory();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    /// Makes the folder (0700) where it is missing. Throws Error{state}.
    void create();

    /// Waits until no other process holds the lock, at most until the context's deadline. Returns whether it
    /// is held: without the folder there is nothing to lock and nobody to keep out. Throws Error{state} that
    /// says who may hold it, and what `locked_out`, which is called before each wait, throws.
    bool lock(const CallContext& context, const std::function<void()>& locked_out = {});
    [[nodiscard]] bool is_locked() const noexcept { return descriptor_ >= 0; }
    /// Without effect when the lock is not held.
    void unlock() noexcept;

    /// Throws Error{state} where erase() would fail.
    void require_erasable() const;
    /// Removes the agent's own files, the auth value of the keys last, and the folder if nothing else is in
    /// it. Throws Error{state}.
    void erase();

private:
    void wait_until_free(const CallContext& context, const std::function<void()>& locked_out);
    [[nodiscard]] std::vector<std::filesystem::path> own_files() const;

    std::filesystem::path path_;
    int descriptor_ = -1;
};

}  // namespace device_agent::identity
