// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/encode.hpp"

#include "emulator/format_error.hpp"

namespace emulator::mqtt {
namespace {

constexpr std::size_t longest_topic = 65'535;

void add_number(std::string& bytes, std::size_t number) {
    bytes.push_back(static_cast<char>(number >> 8U & 0xFFU));
    bytes.push_back(static_cast<char>(number & 0xFFU));
}

std::string with_header(unsigned type_and_flags, std::string_view body) {
    std::string packet(1, static_cast<char>(type_and_flags));
    auto length = body.size();
    do {
        const auto low = length & 0x7FU;
        length >>= 7U;
        packet.push_back(static_cast<char>(length > 0 ? low | 0x80U : low));
    } while (length > 0);
    return packet.append(body);
}

std::string only_packet_id(unsigned type, std::uint16_t packet_id) {
    std::string body;
    add_number(body, packet_id);
    return with_header(type, body);
}

}  // namespace

std::string encode_connack(ConnectCode code, bool session_present) {
    return with_header(0x20, std::string{session_present ? '\1' : '\0', static_cast<char>(code)});
}

std::string encode(const Publish& publish) {
    if (publish.topic.size() > longest_topic)
        throw FormatError("the topic of an answer would be too long: the request id is");
    std::string body;
    body.reserve(publish.topic.size() + publish.payload.size() + 4);
    add_number(body, publish.topic.size());
    body.append(publish.topic);
    if (publish.qos != Qos::at_most_once) add_number(body, publish.packet_id);
    body.append(publish.payload);
    const unsigned flags = (publish.duplicate ? 0x08U : 0U) | static_cast<unsigned>(publish.qos) << 1U |
                           (publish.retain ? 0x01U : 0U);
    return with_header(0x30U | flags, body);
}

std::string encode_puback(std::uint16_t packet_id) {
    return only_packet_id(0x40, packet_id);
}

std::string encode_suback(std::uint16_t packet_id, const std::vector<Qos>& grants) {
    std::string body;
    add_number(body, packet_id);
    for (const auto grant : grants)
        body.push_back(static_cast<char>(grant));
    return with_header(0x90, body);
}

std::string encode_unsuback(std::uint16_t packet_id) {
    return only_packet_id(0xB0, packet_id);
}

std::string encode_pingresp() {
    return with_header(0xD0, {});
}

std::string encode_body(std::uint8_t type_and_flags, std::string_view body) {
    return with_header(type_and_flags, body);
}

}  // namespace emulator::mqtt
