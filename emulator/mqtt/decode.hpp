// SPDX-License-Identifier: Apache-2.0
// From untrusted bytes to packets. What is not exactly a packet of MQTT 3.1.1 that a client may send is
// refused.
#pragma once

#include "emulator/mqtt/packet.hpp"
#include "foundation/bytes.hpp"

namespace emulator::mqtt {

/// The most that a fixed header takes: the type, and a length of up to four bytes.
constexpr std::size_t longest_header = 5;

/// What the first bytes of a packet say of it.
struct Header {
    std::uint8_t type_and_flags = 0;
    std::size_t size = 0;         ///< of the header itself
    std::size_t body_length = 0;  ///< of what follows it

    [[nodiscard]] std::size_t packet_size() const noexcept { return size + body_length; }
    [[nodiscard]] bool is_connect() const noexcept { return type_and_flags >> 4U == 1; }
    [[nodiscard]] bool is_publish() const noexcept { return type_and_flags >> 4U == 3; }
};

/// Nothing when more bytes are needed. Throws FormatError for a length that has no end.
[[nodiscard]] std::optional<Header> read_header(device_agent::ByteView bytes);

/// `body`: all that follows the header, and nothing more. Throws FormatError that names the packet and the
/// fault.
[[nodiscard]] ClientPacket decode(const Header& header, device_agent::ByteView body);

/// Whether the text is UTF-8 as MQTT wants it: well formed, without U+0000 and without surrogates.
[[nodiscard]] bool is_mqtt_text(std::string_view text) noexcept;

}  // namespace emulator::mqtt
