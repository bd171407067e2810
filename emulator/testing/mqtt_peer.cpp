// SPDX-License-Identifier: Apache-2.0
#include "emulator/testing/mqtt_peer.hpp"

#include "emulator/mqtt/encode.hpp"
#include "emulator/mqtt/hub_user_name.hpp"
#include "emulator/testing/sign.hpp"

#include <stdexcept>

namespace emulator::testing {
namespace {

void add_number(std::string& bytes, std::size_t number) {
    bytes.push_back(static_cast<char>(number >> 8U & 0xFFU));
    bytes.push_back(static_cast<char>(number & 0xFFU));
}

void add_text(std::string& bytes, std::string_view text) {
    add_number(bytes, text.size());
    bytes.append(text);
}

std::string with_header(unsigned type_and_flags, const std::string& body) {
    std::string packet(1, static_cast<char>(type_and_flags));
    auto length = body.size();
    do {
        const auto low = length & 0x7FU;
        length >>= 7U;
        packet.push_back(static_cast<char>(length > 0 ? low | 0x80U : low));
    } while (length > 0);
    return packet + body;
}

}  // namespace

const std::string pingreq_packet{"\xC0\0", 2};
const std::string disconnect_packet{"\xE0\0", 2};

std::string connect_packet(const mqtt::Connect& connect) {
    std::string body;
    add_text(body, "MQTT");
    body.push_back(static_cast<char>(connect.level));
    unsigned flags = connect.clean_session ? 0x02U : 0U;
    if (connect.will) {
        flags |= 0x04U | static_cast<unsigned>(connect.will->qos) << 3U | (connect.will->retain ? 0x20U : 0U);
    }
    if (connect.user_name) flags |= 0x80U;
    if (connect.password) flags |= 0x40U;
    body.push_back(static_cast<char>(flags));
    add_number(body, connect.keep_alive);
    add_text(body, connect.client_id);
    if (connect.will) {
        add_text(body, connect.will->topic);
        add_text(body, connect.will->message);
    }
    if (connect.user_name) add_text(body, *connect.user_name);
    if (connect.password) add_text(body, connect.password->view());
    return with_header(0x10, body);
}

std::string subscribe_packet(std::uint16_t packet_id, const std::vector<mqtt::Subscription>& subscriptions) {
    std::string body;
    add_number(body, packet_id);
    for (const auto& subscription : subscriptions) {
        add_text(body, subscription.filter);
        body.push_back(static_cast<char>(subscription.qos));
    }
    return with_header(0x82, body);
}

std::string unsubscribe_packet(std::uint16_t packet_id, const std::vector<std::string>& filters) {
    std::string body;
    add_number(body, packet_id);
    for (const auto& filter : filters)
        add_text(body, filter);
    return with_header(0xA2, body);
}

MqttPeer::MqttPeer(World& world, std::vector<device_agent::Bytes> certificates)
    : world_(world),
      number_(world.emulator->record().opened("an MQTT client", record::Protocol::mqtt)),
      conversation_(world.emulator->mqtt(), {.connection = number_, .certificates = std::move(certificates)},
                    outlet_) {}

MqttPeer::~MqttPeer() {
    conversation_.end("");
    world_.emulator->record().closed(number_);
}

void MqttPeer::run_posted() {
    while (!outlet_->posted.empty()) {
        const auto work = std::move(outlet_->posted.front());
        outlet_->posted.pop_front();
        work();
    }
}

void MqttPeer::send(const std::string& bytes) {
    run_posted();
    conversation_.receive(device_agent::as_bytes(bytes));
}

std::string MqttPeer::receive_bytes() {
    run_posted();
    if (outlet_->packets.empty()) return {};
    auto bytes = std::move(outlet_->packets.front());
    outlet_->packets.pop_front();
    return bytes;
}

std::optional<ServerPacket> MqttPeer::receive() {
    const auto bytes = receive_bytes();
    if (bytes.empty()) return std::nullopt;
    const auto header = mqtt::read_header(device_agent::as_bytes(bytes)).value();
    ServerPacket packet{.type = static_cast<unsigned>(header.type_and_flags) >> 4U,
                        .body = bytes.substr(header.size)};
    if (packet.type == 3) {
        packet.publish =
            std::get<mqtt::Publish>(mqtt::decode(header, device_agent::as_bytes(bytes).subspan(header.size)));
    }
    return packet;
}

mqtt::ConnectCode MqttPeer::connect(const mqtt::Connect& connect) {
    send(connect_packet(connect));
    const auto answer = receive();
    if (!answer || answer->type != 2 || answer->body.size() != 2) {
        throw std::runtime_error("no CONNACK: " + closed().value_or("still open"));
    }
    session_present_ = answer->body[0] == 1;
    return static_cast<mqtt::ConnectCode>(answer->body[1]);
}

mqtt::Qos MqttPeer::subscribe(const std::string& filter, mqtt::Qos qos) {
    send(subscribe_packet(next_packet_id_++, {{filter, qos}}));
    const auto answer = receive();
    if (!answer || answer->type != 9)
        throw std::runtime_error("no SUBACK: " + closed().value_or("still open"));
    return static_cast<mqtt::Qos>(answer->body.at(2));
}

void MqttPeer::publish(const std::string& topic, const std::string& payload, mqtt::Qos qos, bool retain) {
    mqtt::Publish publish{.topic = topic, .payload = payload, .qos = qos, .retain = retain};
    if (qos != mqtt::Qos::at_most_once) publish.packet_id = next_packet_id_++;
    send(mqtt::encode(publish));
}

void MqttPeer::acknowledge(const mqtt::Publish& publish) {
    send(mqtt::encode_puback(publish.packet_id));
}

mqtt::Connect hub_connect(const World& world, const hub::IdentityId& id, const std::string& key) {
    return {.client_id = mqtt::client_id_of(id),
            .keep_alive = 60,
            .user_name = id.hub + "/" + mqtt::client_id_of(id) + "/?api-version=2021-04-12",
            .password = device_agent::SecretText(sign_base64(id.resource(), key, world.in_an_hour()))};
}

}  // namespace emulator::testing
