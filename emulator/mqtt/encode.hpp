// SPDX-License-Identifier: Apache-2.0
// From a server's packets to bytes.
#pragma once

#include "emulator/mqtt/packet.hpp"

namespace emulator::mqtt {

[[nodiscard]] std::string encode_connack(ConnectCode code, bool session_present = false);
/// `publish` keeps to what decode() would take. Throws FormatError for a topic of more than 65 535 bytes: one
/// that echoes what a client sent, percent-encoded, may be three times as long.
[[nodiscard]] std::string encode(const Publish& publish);
[[nodiscard]] std::string encode_puback(std::uint16_t packet_id);
/// One grant for each subscription that was asked for.
[[nodiscard]] std::string encode_suback(std::uint16_t packet_id, const std::vector<Qos>& grants);
[[nodiscard]] std::string encode_unsuback(std::uint16_t packet_id);
[[nodiscard]] std::string encode_pingresp();
/// A packet of this type with any body, for those that are wrong on purpose.
[[nodiscard]] std::string encode_body(std::uint8_t type_and_flags, std::string_view body);

}  // namespace emulator::mqtt
