// SPDX-License-Identifier: Apache-2.0
// A Unix socket that waits for connections, and its name in the file system.
#pragma once

#include <filesystem>
#include <sys/types.h>

namespace device_agent::app_api {

/// Movable. The destructor closes the socket, and removes its name if that is still this socket's.
class ListeningSocket {
public:
    /// Makes one at `path`, with its folder (0755) when that is missing. What is there is replaced only when
    /// it is a socket at which nobody answers; the new one appears with its mode and listening, or not at
    /// all. Throws Error{state}.
    [[nodiscard]] static ListeningSocket create(const std::filesystem::path& path, mode_t mode);
    /// One that systemd made (sd_listen_fds(3)); its name is systemd's to remove. Throws Error{configuration}
    /// when it is no listening Unix stream socket.
    [[nodiscard]] static ListeningSocket adopt(int descriptor);

    ListeningSocket(ListeningSocket&& other) noexcept;
    ListeningSocket& operator=(ListeningSocket&& other) = delete;
    ListeningSocket(const ListeningSocket&) = delete;
    ListeningSocket& operator=(const ListeningSocket&) = delete;
    ~ListeningSocket();

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

private:
    explicit ListeningSocket(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;
    std::filesystem::path path_{};  // empty: not ours to remove
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace device_agent::app_api
