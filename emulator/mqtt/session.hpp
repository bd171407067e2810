// SPDX-License-Identifier: Apache-2.0
// The seams of a connection: below it the edge that carries bytes, above it the service that it talks to.
#pragma once

#include "emulator/http/delivery.hpp"
#include "emulator/mqtt/packet.hpp"
#include "emulator/record/traffic_record.hpp"
#include "foundation/bytes.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace emulator::mqtt {

/// The client broke a rule, and its connection ends: MQTT 3.1.1 has no other way to say so. The message is
/// for the record.
class Violation : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A CONNECT that is refused. The message is for the record.
class ConnectRefusal : public std::runtime_error {
public:
    ConnectRefusal(ConnectCode code, const std::string& reason) : std::runtime_error(reason), code_(code) {}
    [[nodiscard]] ConnectCode code() const noexcept { return code_; }

private:
    ConnectCode code_;
};

/// What a fault does to a packet to the client.
struct Spoiling {
    std::function<std::string(std::string packet)> remake{};  ///< nothing: it stays as it is
    http::Delivery delivery{};
};

/// The way to the client. Apart from post(), called on the connection's strand alone.
class Outlet {
public:
    Outlet() = default;
    Outlet(const Outlet&) = delete;
    Outlet& operator=(const Outlet&) = delete;
    virtual ~Outlet() = default;

    /// Queues a packet.
    void send(std::string packet) {
        if (!spoiling_) return queue(std::move(packet), std::nullopt);
        const auto spoiling = std::exchange(spoiling_, std::nullopt).value();
        if (spoiling.remake) packet = spoiling.remake(std::move(packet));
        queue(std::move(packet), spoiling.delivery);
    }
    /// The next packet is sent so; nothing: as it should be.
    void spoil_next(std::optional<Spoiling> spoiling) { spoiling_ = std::move(spoiling); }
    /// Bytes that are queued.
    [[nodiscard]] virtual std::size_t unsent() const = 0;
    /// Ends the connection when all that is queued is out. `reason` is for the record; empty when it is the
    /// client that said goodbye. Later calls change nothing.
    virtual void close(const std::string& reason) = 0;
    /// From any thread: does `work` on the connection's strand, or drops it when the connection is over.
    virtual void post(std::function<void()> work) = 0;

private:
    virtual void queue(std::string packet, std::optional<http::Delivery> delivery) = 0;

    std::optional<Spoiling> spoiling_{};
};

/// What is known of a client apart from what it says.
struct Peer {
    record::ConnectionNumber connection = 0;
    std::vector<device_agent::Bytes> certificates{};  ///< of the TLS client, in DER, its own first
};

/// One client that was let in. Called on its connection's strand alone. Everything may throw Violation.
class Session {
public:
    Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    virtual ~Session() = default;

    /// A message of QoS 0 or 1; the acknowledgement follows when this returns.
    virtual void publish(Publish message) = 0;
    /// Answers the QoS that is granted, `failure` when it is refused and the connection goes on.
    [[nodiscard]] virtual Qos subscribe(const Subscription& subscription) = 0;
    virtual void unsubscribe(const std::string& filter) = 0;
    /// The client has a message of QoS 1.
    virtual void acknowledged(std::uint16_t packet_id) = 0;
    /// There is room for more messages to the client: after a CONNACK or SUBACK, and when the queue went
    /// down.
    virtual void deliver() = 0;
    /// The connection is over. `by_goodbye`: the client said so, and wants no will published.
    virtual void end(bool by_goodbye) = 0;
    /// When that with which the client proved itself expires.
    [[nodiscard]] virtual std::optional<device_agent::WallTime> expiry() const = 0;
};

struct Admitted {
    std::shared_ptr<Session> session;
    bool session_present = false;
    std::string identity;  ///< for the record: "device d", "registration r"
    record::Service service = record::Service::hub;
};

/// Whom a CONNECT leads to. Thread-safe.
class Doorkeeper {
public:
    Doorkeeper() = default;
    Doorkeeper(const Doorkeeper&) = delete;
    Doorkeeper& operator=(const Doorkeeper&) = delete;
    virtual ~Doorkeeper() = default;

    /// Throws ConnectRefusal. The outlet is kept weakly.
    [[nodiscard]] virtual Admitted admit(const Connect& connect, const Peer& peer,
                                         const std::shared_ptr<Outlet>& outlet) = 0;
};

}  // namespace emulator::mqtt
