// SPDX-License-Identifier: Apache-2.0
// The server of the socket API: HTTP for applications and administrators, and credentials for systemd.
#pragma once

#include "app_api/accounts.hpp"
#include "app_api/agent.hpp"
#include "app_api/limits.hpp"
#include "app_api/listening_socket.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>

namespace device_agent::app_api {

/// What tests set to something else.
struct Surroundings {
    Limits limits{};
    std::filesystem::path proc = "/proc";
    uid_t system_uid = 0;  ///< systemd's, whose word about units counts at the credential socket
    std::shared_ptr<Accounts> accounts = std::make_shared<SystemAccounts>();
};

/// Serves from one thread: that of run(). Until a first serve() nobody is granted anything, so call that
/// first.
///
/// `source` and `administration` outlive the server; what they finish after it is dropped. The process's soft
/// limit of open descriptors (RLIMIT_NOFILE) is raised as far as it takes and may be; where that is not
/// enough, there are fewer connections.
class Server {
public:
    /// `credentials` is the socket for LoadCredential= of systemd, when there is one.
    Server(ListeningSocket api, std::optional<ListeningSocket> credentials, TokenSource& source,
           Administration& administration, Surroundings surroundings = {});
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    /// From now on this is served; who listens is told what changed. From any thread.
    void serve(ViewPointer view);
    /// Serves until a stop is requested; then every connection is closed. Call it once.
    void run(const std::stop_token& stop);

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace device_agent::app_api
