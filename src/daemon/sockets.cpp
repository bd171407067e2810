// SPDX-License-Identifier: Apache-2.0
#include "daemon/sockets.hpp"

#include <algorithm>

namespace device_agent::daemon {
namespace {

constexpr mode_t for_everybody = 0666;
constexpr mode_t for_root = 0600;

app_api::ListeningSocket open(const std::filesystem::path& path, mode_t mode, const char* name,
                              const std::vector<service_manager::Socket>& handed_over) {
    const auto ours = std::ranges::find(handed_over, name, &service_manager::Socket::name);
    return ours == handed_over.end() ? app_api::ListeningSocket::create(path, mode)
                                     : app_api::ListeningSocket::adopt(ours->descriptor);
}

}  // namespace

Sockets open_sockets(const std::filesystem::path& api,
                     const std::vector<service_manager::Socket>& handed_over) {
    auto opened = open(api, for_everybody, "api", handed_over);
    return {std::move(opened),
            open(api.parent_path() / "credential.sock", for_root, "credential", handed_over)};
}

}  // namespace device_agent::daemon
