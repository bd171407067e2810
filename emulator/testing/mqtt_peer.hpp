// SPDX-License-Identifier: Apache-2.0
// An MQTT client of an emulator in memory: it sends any bytes, and sees every packet and the close.
#pragma once

#include "emulator/mqtt/conversation.hpp"
#include "emulator/testing/world.hpp"

#include <deque>

namespace emulator::testing {

/// The packets of a client, as bytes.
[[nodiscard]] std::string connect_packet(const mqtt::Connect& connect);
[[nodiscard]] std::string subscribe_packet(std::uint16_t packet_id,
                                           const std::vector<mqtt::Subscription>& subscriptions);
[[nodiscard]] std::string unsubscribe_packet(std::uint16_t packet_id,
                                             const std::vector<std::string>& filters);
extern const std::string pingreq_packet;
extern const std::string disconnect_packet;

/// A packet of the server, taken apart as far as tests look.
struct ServerPacket {
    unsigned type = 0;   ///< of MQTT: 2 CONNACK, 3 PUBLISH, 4 PUBACK, 9 SUBACK, 11 UNSUBACK, 13 PINGRESP
    std::string body{};  ///< all but a PUBLISH
    mqtt::Publish publish{};
};

class MqttPeer {
public:
    explicit MqttPeer(World& world, std::vector<device_agent::Bytes> certificates = {});
    MqttPeer(const MqttPeer&) = delete;
    MqttPeer& operator=(const MqttPeer&) = delete;
    ~MqttPeer();

    void send(const std::string& bytes);
    /// The next packet that came, if there is one.
    std::optional<ServerPacket> receive();
    /// The code of the CONNACK that answers.
    mqtt::ConnectCode connect(const mqtt::Connect& connect);
    [[nodiscard]] bool session_present() const { return session_present_; }
    /// Subscribes to one filter; the QoS that is granted.
    mqtt::Qos subscribe(const std::string& filter, mqtt::Qos qos = mqtt::Qos::at_least_once);
    void publish(const std::string& topic, const std::string& payload = "",
                 mqtt::Qos qos = mqtt::Qos::at_most_once, bool retain = false);
    /// Acknowledges a message of QoS 1.
    void acknowledge(const mqtt::Publish& publish);
    /// Goes without a word.
    void vanish() { conversation_.end(""); }
    /// Lets nothing more through that waits for room, until it reads on.
    void stop_reading() { outlet_->unread = 64UL * 1024; }
    void read_on() {
        outlet_->unread = 0;
        conversation_.drained();
    }
    /// Looks at the clock, as the edge does at the deadline.
    void check_time() { conversation_.check_time(); }
    [[nodiscard]] device_agent::SteadyTime deadline() const { return conversation_.deadline(); }

    /// How the last packet is sent; nothing: whole, and at once.
    [[nodiscard]] const std::optional<http::Delivery>& last_delivery() const {
        return outlet_->last_delivery;
    }
    /// The next packet, as bytes.
    [[nodiscard]] std::string receive_bytes();
    /// Why the emulator closed the connection; nothing while it is open. "" after a goodbye.
    [[nodiscard]] std::optional<std::string> closed() const { return outlet_->closed; }

private:
    struct RecordingOutlet final : mqtt::Outlet {
        [[nodiscard]] std::size_t unsent() const override { return unread; }
        void close(const std::string& reason) override {
            if (!closed) closed = reason;
        }
        void post(std::function<void()> work) override { posted.push_back(std::move(work)); }

        void queue(std::string packet, std::optional<http::Delivery> delivery) override {
            packets.push_back(std::move(packet));
            last_delivery = std::move(delivery);
        }

        std::deque<std::string> packets{};
        std::optional<http::Delivery> last_delivery{};
        std::deque<std::function<void()>> posted{};
        std::optional<std::string> closed{};
        std::size_t unread = 0;
    };
    void run_posted();

    World& world_;
    const record::ConnectionNumber number_;
    const std::shared_ptr<RecordingOutlet> outlet_ = std::make_shared<RecordingOutlet>();
    mqtt::Conversation conversation_;
    bool session_present_ = false;
    std::uint16_t next_packet_id_ = 1;
};

/// What an SDK sends for an identity of `hub`, with a token of its own that is good for an hour.
[[nodiscard]] mqtt::Connect hub_connect(const World& world, const hub::IdentityId& id,
                                        const std::string& key);

}  // namespace emulator::testing
