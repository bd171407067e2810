// SPDX-License-Identifier: Apache-2.0
// A device or module that is connected to a hub by MQTT. hub_session.cpp: the session itself, and the hub's
// calls; hub_session_topics.cpp: what the client publishes, and cloud-to-device messages.
#pragma once

#include "emulator/faults/switches.hpp"
#include "emulator/hub/services.hpp"
#include "emulator/mqtt/fault.hpp"
#include "emulator/mqtt/hub_proof.hpp"
#include "emulator/mqtt/hub_topic.hpp"
#include "emulator/mqtt/session_store.hpp"

namespace emulator::mqtt {

class HubSession final : public Session,
                         public hub::DeviceLink,
                         public std::enable_shared_from_this<HubSession> {
public:
    static constexpr std::size_t most_subscriptions = 5;
    static constexpr std::size_t most_in_flight =
        32;                                        ///< messages of QoS 1 that the client has not acknowledged
    static constexpr std::size_t most_calls = 64;  ///< direct methods that it has not answered
    static constexpr std::size_t largest_method_response = 128UL * 1024;

    /// `kept`: what there is of the client's session before. `clean`: nothing of it is to be kept.
    HubSession(hub::Services& hubs, faults::Switches& faults, const hub::Identity& identity, HubProof proof,
               KeptSession kept, bool clean, std::optional<Will> will, std::weak_ptr<Outlet> outlet);

    // Session
    void publish(Publish message) override;
    [[nodiscard]] Qos subscribe(const Subscription& subscription) override;
    void unsubscribe(const std::string& filter) override;
    void acknowledged(std::uint16_t packet_id) override;
    void deliver() override;
    void end(bool by_goodbye) override;
    [[nodiscard]] std::optional<device_agent::WallTime> expiry() const override { return proof_.expiry(); }

    // hub::DeviceLink
    void desired_changed(const nlohmann::json& patch) override;
    void message_waiting() override;
    void invoke(const hub::MethodCall& call, hub::MethodCompletion done) override;
    void close(const std::string& reason) override;
    [[nodiscard]] std::optional<std::string> reason_against(const hub::Identity& identity,
                                                            const hub::Identity& device) const override;

private:
    struct Flight {
        Publish message;
        std::string lock_token;  ///< of a cloud-to-device message; empty for others
    };

    /// See meet_fault().
    [[nodiscard]] std::optional<FaultRefusal> refused_by_fault(std::string_view operation) const;
    /// Answers a twin's operation that a fault refuses; whether it did.
    [[nodiscard]] bool answered_by_fault(std::string_view operation, const std::string& request_id);
    void handle(const Telemetry& topic, Publish& message);
    void handle(const TwinGet& topic, const Publish& message);
    void handle(const TwinPatch& topic, const Publish& message);
    void handle(const MethodResponse& topic, const Publish& message);

    /// The QoS that was granted for it; nothing when it is not subscribed to.
    [[nodiscard]] std::optional<Qos> granted(HubFilter filter) const;
    void send(std::string topic, std::string payload, Qos qos, std::string lock_token = {});
    void send_twin_response(const std::string& topic, const std::string& body);
    void send_waiting_messages(const Outlet& outlet, Qos qos);
    void send_cloud_message(const hub::CloudMessage& message, Qos qos);
    void send_telemetry(const PropertyBag& properties, std::string body, bool retain, bool is_will);
    [[nodiscard]] std::uint16_t next_packet_id();
    void resend();
    /// Saves the session, if it is one to be kept.
    void keep();
    /// Saves the session, if it is still this connection's and the identity the one that was let in.
    void save(store::Transaction& transaction) const;
    /// Saves the session, if it is one to be kept, and gives up the connection's place, in one step: who
    /// connects next finds the session as it ended, and one that was ended meanwhile does not come back.
    void leave();
    /// Does `work` on the connection's strand; from any thread. A Violation ends the connection.
    template <typename Work>
    void post(Work work);

    hub::Services& hubs_;
    faults::Switches& faults_;
    const hub::IdentityId id_;
    const std::string generation_id_;
    const HubProof proof_;
    const bool clean_;
    const std::optional<Will> will_;
    const std::weak_ptr<Outlet> outlet_;

    // On the connection's strand alone.
    KeptSession kept_;
    std::map<std::uint16_t, Flight> in_flight_;
    std::map<std::string, hub::MethodCompletion> calls_;
    std::uint64_t next_call_ = 1;
    std::uint16_t last_packet_id_ = 0;
    bool message_waiting_ = true;  ///< there may be cloud-to-device messages
    bool resent_ = false;
};

}  // namespace emulator::mqtt
