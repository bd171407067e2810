// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/hub_session.hpp"

#include "emulator/faults/operation.hpp"
#include "emulator/hub/identity_store.hpp"
#include "emulator/hub/refusal.hpp"
#include "emulator/mqtt/encode.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"

#include <algorithm>
#include <utility>

namespace emulator::mqtt {

HubSession::HubSession(hub::Services& hubs, faults::Switches& faults, const hub::Identity& identity,
                       HubProof proof, KeptSession kept, bool clean, std::optional<Will> will,
                       std::weak_ptr<Outlet> outlet)
    : hubs_(hubs),
      faults_(faults),
      id_(identity.id),
      generation_id_(identity.generation_id),
      proof_(std::move(proof)),
      clean_(clean),
      will_(std::move(will)),
      outlet_(std::move(outlet)),
      kept_(std::move(kept)) {}

void HubSession::publish(Publish message) {
    const auto topic = parse_hub_topic(message.topic, id_);
    try {
        std::visit([&](const auto& one) { handle(one, message); }, topic);
    } catch (const hub::Refusal& refusal) {
        throw Violation(std::string("a message that the hub refuses: ") + refusal.what());
    }
}

std::optional<FaultRefusal> HubSession::refused_by_fault(std::string_view operation) const {
    const auto outlet = outlet_.lock();
    if (!outlet) return std::nullopt;
    return meet_fault(faults_, record::Service::hub, operation, id_.hub, *outlet);
}

Qos HubSession::subscribe(const Subscription& subscription) {
    if (!parse_hub_filter(subscription.filter, id_)) {
        throw Violation("a subscription to " + subscription.filter);
    }
    if (refused_by_fault(faults::subscribe_operation)) return Qos::failure;
    auto& subscriptions = kept_.subscriptions;
    if (!subscriptions.contains(subscription.filter) && subscriptions.size() >= most_subscriptions) {
        return Qos::failure;
    }
    const auto qos = std::min(subscription.qos, Qos::at_least_once);
    subscriptions.insert_or_assign(subscription.filter, qos);
    message_waiting_ = true;
    keep();
    return qos;
}

void HubSession::unsubscribe(const std::string& filter) {
    if (kept_.subscriptions.erase(filter) > 0) keep();
}

std::optional<Qos> HubSession::granted(HubFilter filter) const {
    for (const auto& [text, qos] : kept_.subscriptions) {
        if (parse_hub_filter(text, id_) == filter) return qos;
    }
    return std::nullopt;
}

std::uint16_t HubSession::next_packet_id() {
    do {
        if (++last_packet_id_ == 0) last_packet_id_ = 1;
    } while (in_flight_.contains(last_packet_id_));
    return last_packet_id_;
}

void HubSession::send(std::string topic, std::string payload, Qos qos, std::string lock_token) {
    const auto outlet = outlet_.lock();
    if (!outlet) return;
    Publish message{.topic = std::move(topic), .payload = std::move(payload), .qos = qos};
    if (qos == Qos::at_least_once) message.packet_id = next_packet_id();
    outlet->send(encode(message));
    if (qos == Qos::at_least_once) {
        const auto packet_id = message.packet_id;
        in_flight_.emplace(packet_id, Flight{std::move(message), std::move(lock_token)});
    }
}

void HubSession::acknowledged(std::uint16_t packet_id) {
    const auto flight = in_flight_.find(packet_id);
    if (flight == in_flight_.end()) return;  // of an earlier connection
    const auto lock_token = std::move(flight->second.lock_token);
    in_flight_.erase(flight);
    if (!lock_token.empty()) {
        try {
            hubs_.device_services.settle(id_, lock_token, hub::Settlement::complete);
        } catch (const hub::Refusal&) {
            // It took so long that the message waits again.
            message_waiting_ = true;
        }
    }
    deliver();
}

// Messages of the session before, in their order and by their numbers.
void HubSession::resend() {
    const auto outlet = outlet_.lock();
    if (!outlet || kept_.unacknowledged.empty()) return;
    for (auto& message : kept_.unacknowledged) {
        message.duplicate = true;
        outlet->send(encode(message));
        in_flight_.emplace(message.packet_id, Flight{message, {}});
    }
    kept_.unacknowledged.clear();
    keep();
}

void HubSession::keep() {
    if (clean_) return;
    auto transaction = hubs_.database.begin();
    save(transaction);
    transaction.commit();
}

// Connections are attached when the transaction that lets them in commits: within another one it is certain
// whose the session is.
void HubSession::save(store::Transaction& transaction) const {
    if (hubs_.connected.find(id_).get() != this) return;  // the session is the next connection's
    const auto identity = hub::find_identity(transaction, id_);
    if (!identity || identity->generation_id != generation_id_) return;
    save_session(transaction, id_, kept_);
}

void HubSession::leave() {
    if (!clean_) {
        try {
            auto transaction = hubs_.database.begin();
            save(transaction);
            transaction.after_commit([this] { hubs_.connected.detach(id_, *this); });
            transaction.commit();
            return;
        } catch (const device_agent::Error& error) {
            device_agent::log::error("an MQTT session was not kept",
                                     {{"identity", id_.describe()}, {"reason", error.what()}});
        }
    }
    hubs_.connected.detach(id_, *this);
}

void HubSession::end(bool by_goodbye) {
    for (const auto& [packet_id, flight] : in_flight_) {
        if (flight.lock_token.empty()) kept_.unacknowledged.push_back(flight.message);
    }
    leave();
    for (auto& [request_id, done] : std::exchange(calls_, {}))
        done(std::nullopt);
    for (const auto& [packet_id, flight] : std::exchange(in_flight_, {})) {
        if (flight.lock_token.empty()) continue;
        try {
            hubs_.device_services.settle(id_, flight.lock_token, hub::Settlement::abandon);
        } catch (const hub::Refusal&) {
            // Another connection has it by now, or the device is gone.
        }
    }
    if (will_ && !by_goodbye) {
        try {
            const auto topic = std::get<Telemetry>(parse_hub_topic(will_->topic, id_));
            send_telemetry(topic.properties, will_->message, will_->retain, true);
        } catch (const hub::Refusal&) {
            // The device is gone, and its last word with it.
        }
    }
}

template <typename Work>
void HubSession::post(Work work) {
    if (const auto outlet = outlet_.lock())
        outlet->post([self = shared_from_this(), work = std::move(work)] {
            try {
                work(*self);
            } catch (const Violation& violation) {
                self->close(violation.what());
            }
        });
}

void HubSession::close(const std::string& reason) {
    post([reason](HubSession& self) {
        if (const auto outlet = self.outlet_.lock()) outlet->close(reason);
    });
}

void HubSession::message_waiting() {
    post([](HubSession& self) {
        self.message_waiting_ = true;
        self.deliver();
    });
}

void HubSession::desired_changed(const nlohmann::json& patch) {
    post([text = patch.dump(), version = patch.value("$version", std::int64_t{0})](HubSession& self) {
        const auto qos = self.granted(HubFilter::desired_properties);
        if (!qos) return;
        if (self.in_flight_.size() >= most_in_flight && *qos == Qos::at_least_once) {
            if (const auto outlet = self.outlet_.lock())
                outlet->close("acknowledges nothing that it is sent");
            return;
        }
        self.send(desired_properties_topic(version), text, *qos);
    });
}

void HubSession::invoke(const hub::MethodCall& call, hub::MethodCompletion done) {
    // Whatever becomes of the connection, the caller hears of it: with the last owner of the promise.
    const std::shared_ptr<hub::MethodCompletion> promise(new hub::MethodCompletion(std::move(done)),
                                                         [](hub::MethodCompletion* completion) {
                                                             if (*completion) (*completion)(std::nullopt);
                                                             delete completion;
                                                         });
    post([call, promise](HubSession& self) {
        if (!self.granted(HubFilter::methods)) return;
        if (self.calls_.size() >= most_calls) {
            // The oldest one is most likely told of its timeout by now. (The shorter number is the smaller.)
            const auto oldest =
                std::min_element(self.calls_.begin(), self.calls_.end(), [](const auto& a, const auto& b) {
                    return std::pair(a.first.size(), a.first) < std::pair(b.first.size(), b.first);
                });
            self.calls_.extract(oldest).mapped()(std::nullopt);
        }
        const auto request_id = std::to_string(self.next_call_++);
        self.send(method_topic(call.name, request_id), call.payload, Qos::at_most_once);
        self.calls_.emplace(request_id, std::exchange(*promise, nullptr));
    });
}

std::optional<std::string> HubSession::reason_against(const hub::Identity& identity,
                                                      const hub::Identity& device) const {
    return proof_.reason_against(identity, device, hubs_.clock.now());
}

}  // namespace emulator::mqtt
