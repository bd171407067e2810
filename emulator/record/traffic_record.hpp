// SPDX-License-Identifier: Apache-2.0
// What was seen: every connection and every request, so that a test can tell what a client really did.
#pragma once

#include "emulator/http/message.hpp"
#include "emulator/record/event_log.hpp"
#include "foundation/clock.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace emulator::record {

/// What a connection speaks above TLS.
enum class Protocol { https, mqtt, mqtt_web_socket };

/// Rings of bounded length: the oldest entries make room. No header, body or unknown query value is kept, so
/// the record holds no secret. Thread-safe.
class TrafficRecord {
public:
    /// Requests and their refusals become events of `events`, apart from those of the control API.
    TrafficRecord(const device_agent::Clock& clock, EventLog& events) : clock_(clock), events_(events) {}

    [[nodiscard]] ConnectionNumber opened(const std::string& peer, Protocol protocol = Protocol::https);
    /// An HTTPS connection became another one.
    void upgraded(ConnectionNumber connection, Protocol protocol);
    /// The TLS handshake is done; `server_name` is what the client asked for (SNI), empty when it did not.
    void secured(ConnectionNumber connection, const std::string& server_name);
    /// The connection came to nothing, or was cut by the emulator, and why.
    void failed(ConnectionNumber connection, const std::string& reason);
    void closed(ConnectionNumber connection);

    /// An MQTT client was let in.
    void identified(ConnectionNumber connection, Service service, const std::string& identity);
    void answered(ConnectionNumber connection, Service service, const http::Request& request,
                  const http::Response& response);

    /// Oldest first; those of one service when it is given.
    [[nodiscard]] nlohmann::json requests(std::optional<Service> only) const;
    [[nodiscard]] nlohmann::json connections() const;
    /// Forgets the requests and the closed connections; open ones start again at zero requests.
    void reset();

private:
    struct RequestEntry {
        std::uint64_t sequence;
        device_agent::WallTime time;
        ConnectionNumber connection;
        Service service;
        std::string host, method, target;
        int status;
        std::string authorized_as, refusal;
    };
    struct ConnectionEntry {
        std::string peer;
        Protocol protocol;
        device_agent::WallTime opened;
        std::optional<device_agent::WallTime> closed{};
        std::optional<std::string> server_name{};
        std::string failure{};
        std::string identity{};
        std::uint64_t requests = 0;
        std::set<Service> services{};
    };

    const device_agent::Clock& clock_;
    EventLog& events_;
    mutable std::mutex mutex_;
    std::deque<RequestEntry> requests_;
    std::map<ConnectionNumber, ConnectionEntry> open_;
    std::deque<std::pair<ConnectionNumber, ConnectionEntry>> closed_;
    std::uint64_t next_request_ = 1;
    ConnectionNumber next_connection_ = 1;
};

}  // namespace emulator::record
