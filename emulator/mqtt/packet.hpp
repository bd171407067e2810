// SPDX-License-Identifier: Apache-2.0
// The packets of MQTT 3.1.1 as values: those that a client sends, and those that a server does.
#pragma once

#include "foundation/secret.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace emulator::mqtt {

/// As protocol numbers it; 3 does not exist. As the answer to a subscription, `failure` refuses it.
enum class Qos : std::uint8_t { at_most_once = 0, at_least_once = 1, exactly_once = 2, failure = 0x80 };

struct Will {
    std::string topic{};
    std::string message{};
    Qos qos = Qos::at_most_once;
    bool retain = false;
};

/// The level of the protocol that this codec reads.
constexpr std::uint8_t protocol_level = 4;

struct Connect {
    std::uint8_t level = protocol_level;  ///< any other: the rest was not read
    std::string client_id{};
    bool clean_session = true;
    std::uint16_t keep_alive = 0;  ///< seconds; 0: none
    std::optional<Will> will{};
    std::optional<std::string> user_name{};
    std::optional<device_agent::SecretText> password{};
};

struct Publish {
    std::string topic{};
    std::string payload{};
    Qos qos = Qos::at_most_once;
    bool retain = false;
    bool duplicate = false;
    std::uint16_t packet_id = 0;  ///< 0 exactly when the QoS is 0
};

struct Puback {
    std::uint16_t packet_id = 0;
};

struct Subscription {
    std::string filter;
    Qos qos = Qos::at_most_once;
};

struct Subscribe {
    std::uint16_t packet_id = 0;
    std::vector<Subscription> subscriptions{};  ///< at least one
};

struct Unsubscribe {
    std::uint16_t packet_id = 0;
    std::vector<std::string> filters{};  ///< at least one
};

struct Pingreq {};
struct Disconnect {};

using ClientPacket = std::variant<Connect, Publish, Puback, Subscribe, Unsubscribe, Pingreq, Disconnect>;

/// The return codes of CONNACK.
enum class ConnectCode : std::uint8_t {
    accepted = 0,
    wrong_protocol_version = 1,
    client_id_rejected = 2,
    server_unavailable = 3,
    bad_user_name_or_password = 4,
    not_authorized = 5,
};

}  // namespace emulator::mqtt
