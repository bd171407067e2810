// SPDX-License-Identifier: Apache-2.0
// The edge: TCP, TLS 1.2, HTTP/1.1 and MQTT on all cores. Behind it there are values only.
#pragma once

#include "emulator/certificates/authority.hpp"
#include "emulator/http/message.hpp"
#include "emulator/record/traffic_record.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace emulator::mqtt {
struct Services;
}

namespace emulator::http {

/// What one client may take. Who exceeds a time is cut off; a size is answered with 413 or 431.
struct Limits {
    std::size_t header_bytes = 16UL * 1024;
    std::size_t body_bytes = 256UL * 1024;
    std::size_t connections = 12'000;
    std::chrono::milliseconds handshake{10'000};
    std::chrono::milliseconds request{20'000};  ///< from a request's first byte to its last
    std::chrono::milliseconds idle{120'000};    ///< between two requests
};

/// Answers a request. Called on the server's threads, several at once; must not throw.
using Answer = std::function<Response(const Request&, record::ConnectionNumber)>;

class Server {
public:
    /// `record`, `clock` and `mqtt` outlive the server. Without `mqtt` it serves HTTP alone.
    Server(const certificates::CertifiedKey& certificate, Answer answer, record::TrafficRecord& record,
           const device_agent::Clock& clock, const Limits& limits = {}, mqtt::Services* mqtt = nullptr);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    /// Stops, if it runs.
    ~Server();

    /// HTTPS ports serve MQTT over WebSocket too. Binds all `addresses` to one port, 0 for any free one;
    /// returns it. An IPv6 loopback address is passed over on machines without one. Throws Error that names
    /// address and reason: usage for what is no address, internal for one that cannot be bound.
    std::uint16_t listen(const std::vector<std::string>& addresses, std::uint16_t port,
                         record::Protocol protocol = record::Protocol::https);

    /// Begins to serve what listen() bound, on threads of its own, a few a core.
    void start();

    /// Lets answers that are being made finish, closes all connections, and ends the threads.
    void stop();

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace emulator::http
