// SPDX-License-Identifier: Apache-2.0
// What goes over a session: telemetry, twins, cloud-to-device messages, the answers of methods.
#include "emulator/faults/operation.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/refusal.hpp"
#include "emulator/mqtt/hub_session.hpp"
#include "emulator/mqtt/message_bag.hpp"
#include "emulator/unique_id.hpp"

namespace emulator::mqtt {
namespace {

// A client that is slow to read gets no more than this ahead.
constexpr std::size_t most_unsent = 64UL * 1024;

// The names of what MQTT itself knows, as application properties.
constexpr auto retain_property = "mqtt-retain";
constexpr auto type_property = "iothub-MessageType";

}  // namespace

void HubSession::handle(const Telemetry& topic, Publish& message) {
    if (const auto refused = refused_by_fault(faults::telemetry_operation)) throw Violation(refused->reason);
    send_telemetry(topic.properties, std::move(message.payload), message.retain, false);
}

void HubSession::send_telemetry(const PropertyBag& properties, std::string body, bool retain, bool is_will) {
    auto message = to_message(properties, std::move(body));
    if (retain) message.application.emplace_back(retain_property, "true");
    if (is_will) message.application.emplace_back(type_property, "Will");
    hubs_.device_services.send(id_, std::move(message));
}

bool HubSession::answered_by_fault(std::string_view operation, const std::string& request_id) {
    const auto refused = refused_by_fault(operation);
    if (!refused) return false;
    const nlohmann::json body{{"errorCode", refused->status * 1000 + 1},
                              {"message", "A fault is set for this operation"},
                              {"trackingId", new_guid()}};
    send_twin_response(twin_response_topic(refused->status, request_id), body.dump());
    return true;
}

void HubSession::handle(const TwinGet& topic, const Publish&) {
    if (answered_by_fault(faults::get_twin_operation, topic.request_id)) return;
    try {
        const auto twin = hubs_.device_services.twin(id_);
        send_twin_response(twin_response_topic(200, topic.request_id), twin.dump());
    } catch (const hub::Refusal& refusal) {
        send_twin_response(twin_response_topic(form_of(refusal.code()).status, topic.request_id),
                           error_json(refusal).dump());
    }
}

void HubSession::handle(const TwinPatch& topic, const Publish& message) {
    if (answered_by_fault(faults::report_operation, topic.request_id)) return;
    try {
        const auto version = hubs_.device_services.report(id_, message.payload);
        send_twin_response(twin_response_topic(204, topic.request_id, version), "");
    } catch (const hub::Refusal& refusal) {
        send_twin_response(twin_response_topic(form_of(refusal.code()).status, topic.request_id),
                           error_json(refusal).dump());
    }
}

void HubSession::send_twin_response(const std::string& topic, const std::string& body) {
    if (granted(HubFilter::twin_responses)) send(topic, body, Qos::at_most_once);
}

void HubSession::handle(const MethodResponse& topic, const Publish& message) {
    if (message.payload.size() > largest_method_response) throw Violation("a method's response is too large");
    if (!message.payload.empty()) {
        try {
            static_cast<void>(http::parse_json(message.payload));
        } catch (const FormatError& error) {
            throw Violation(std::string("a method's response: ") + error.what());
        }
    }
    const auto call = calls_.find(topic.request_id);
    if (call == calls_.end()) return;  // too late, or never asked for
    const auto done = std::move(call->second);
    calls_.erase(call);
    done(hub::MethodResult{.status = topic.status, .payload = message.payload});
}

void HubSession::deliver() {
    const auto outlet = outlet_.lock();
    if (!outlet) return;
    if (!resent_) {
        resent_ = true;
        resend();
    }
    const auto qos = granted(HubFilter::cloud_to_device);
    if (!qos) return;
    try {
        send_waiting_messages(*outlet, *qos);
    } catch (const hub::Refusal& refusal) {  // deleted a moment ago
        throw Violation(std::string("messages cannot be delivered: ") + refusal.what());
    }
}

void HubSession::send_waiting_messages(const Outlet& outlet, Qos qos) {
    while (message_waiting_ && in_flight_.size() < most_in_flight && outlet.unsent() < most_unsent) {
        const auto message = hubs_.device_services.receive(id_, hub::Borrower::connection);
        if (!message) {
            message_waiting_ = false;
            return;
        }
        send_cloud_message(*message, qos);
    }
}

void HubSession::send_cloud_message(const hub::CloudMessage& message, Qos qos) {
    send(cloud_to_device_topic(id_, to_bag(message)), message.content.body, qos, message.lock_token);
    if (qos == Qos::at_most_once) {
        hubs_.device_services.settle(id_, message.lock_token, hub::Settlement::complete);
    }
}

}  // namespace emulator::mqtt
