// SPDX-License-Identifier: Apache-2.0
// What MQTT itself wants of a client, whatever service it talks to: CONNECT first and once, on time, well
// formed, not too long, alive.
#pragma once

#include "emulator/mqtt/decode.hpp"
#include "emulator/mqtt/session.hpp"
#include "emulator/record/event_log.hpp"
#include "foundation/clock.hpp"

namespace emulator::mqtt {

struct Limits {
    std::size_t connect_bytes = 16UL * 1024;  ///< of a CONNECT
    /// Of any other packet: a message of 256 KiB, its topic, and room to tell one that is too large.
    std::size_t packet_bytes = 384UL * 1024;
    std::chrono::seconds connect{30};          ///< from the handshake to the end of CONNECT
    std::chrono::seconds packet{60};           ///< from a packet's first byte to its last
    std::chrono::seconds longest_idle{1'767};  ///< whatever the keep-alive
};

/// What conversations work with; outlives them.
struct Services {
    Doorkeeper& doorkeeper;
    record::TrafficRecord& record;
    record::EventLog& events;
    const device_agent::Clock& clock;
    Limits limits{};
};

/// On the connection's strand alone. Throws nothing that is the client's fault: it closes the outlet.
class Conversation {
public:
    Conversation(Services& services, Peer peer, std::weak_ptr<Outlet> outlet);
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;
    /// Ends the session, if there still is one.
    ~Conversation();

    void receive(device_agent::ByteView bytes);
    /// The outlet's queue went down.
    void drained();
    /// When check_time() has something to do.
    [[nodiscard]] device_agent::SteadyTime deadline() const;
    void check_time();
    /// The connection is over, and why; an empty reason for a client that just went.
    void end(const std::string& reason);

private:
    /// Does `work`; whatever it throws ends the connection.
    template <typename Work>
    void attempt(Work work);
    bool take_packet();
    void handle(const Connect& connect);
    void handle(Publish publish);
    void handle(const Puback& puback);
    void handle(const Subscribe& subscribe);
    void handle(const Unsubscribe& unsubscribe);
    void handle(Pingreq);
    void handle(Disconnect);
    void close(const std::string& reason);
    void note(std::string_view kind, const std::string& detail) const;
    [[nodiscard]] std::chrono::milliseconds allowed_silence() const;

    Services& services_;
    const Peer peer_;
    const std::weak_ptr<Outlet> outlet_;
    std::string received_;  ///< less than a packet, between two calls
    std::shared_ptr<Session> session_;
    std::string identity_;
    record::Service service_ = record::Service::hub;
    std::uint16_t keep_alive_ = 0;
    device_agent::SteadyTime last_packet_;
    std::optional<device_agent::SteadyTime> packet_began_;
    bool said_goodbye_ = false;
    bool closed_ = false;
};

}  // namespace emulator::mqtt
