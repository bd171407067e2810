// SPDX-License-Identifier: Apache-2.0
// An HTTPS server in a thread, with a certificate of chosen dates.
#pragma once

#include "foundation/clock.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace device_agent::support {

/// Serves "localhost" on a free port of 127.0.0.1 and answers one request a connection, with 200 and `date`
/// as its Date. Stops when it is destroyed. Throws std::runtime_error.
class TlsServer {
public:
    struct Certificate {
        WallTime from;
        WallTime to;
        std::string name = "localhost";
    };
    TlsServer(const Certificate& certificate, WallTime date);
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;
    ~TlsServer();

    /// "localhost:PORT".
    [[nodiscard]] std::string host() const;
    /// The authority of the certificate; valid at any time.
    [[nodiscard]] std::filesystem::path authority() const { return folder_.path() / "ca.pem"; }

private:
    struct Tls;
    void serve(std::string answer) const;

    fakes::TemporaryFolder folder_;
    std::unique_ptr<Tls> tls_;
    int listener_ = -1;
    std::thread thread_;
};

}  // namespace device_agent::support
