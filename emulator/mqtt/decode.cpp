// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/decode.hpp"

#include "emulator/format_error.hpp"

namespace emulator::mqtt {
namespace {

using device_agent::ByteView;

// Takes a packet's body apart from left to right; whatever is taken must be there.
class Reader {
public:
    Reader(ByteView bytes, const char* packet) : bytes_(bytes), packet_(packet) {}

    [[noreturn]] void fail(const std::string& fault) const { throw FormatError(packet_ + (": " + fault)); }

    [[nodiscard]] bool at_end() const noexcept { return bytes_.empty(); }
    void require_end() const {
        if (!at_end()) fail(std::to_string(bytes_.size()) + " bytes too many");
    }
    ByteView take(std::size_t count) {
        if (bytes_.size() < count) fail("ends too early");
        const auto taken = bytes_.first(count);
        bytes_ = bytes_.subspan(count);
        return taken;
    }
    std::uint8_t byte() { return take(1)[0]; }
    std::uint16_t number() {
        const auto two = take(2);
        return static_cast<std::uint16_t>(two[0] << 8U | two[1]);
    }
    std::uint16_t packet_id() {
        const auto id = number();
        if (id == 0) fail("packet id 0");
        return id;
    }
    ByteView binary() { return take(number()); }
    std::string text(const char* field) {
        const auto bytes = binary();
        std::string text(bytes.begin(), bytes.end());
        if (!is_mqtt_text(text)) fail(std::string(field) + " is not UTF-8");
        return text;
    }
    std::string rest() {
        const auto bytes = take(bytes_.size());
        return {bytes.begin(), bytes.end()};
    }

private:
    ByteView bytes_;
    const std::string packet_;
};

std::string read_topic(Reader& reader) {
    auto topic = reader.text("the topic");
    if (topic.empty()) reader.fail("the topic is empty");
    if (topic.find_first_of("+#") != std::string::npos) reader.fail("a topic has no wildcards");
    return topic;
}

// '+' stands for one whole level, '#' for all that follow, and is the last.
bool is_filter(std::string_view filter) {
    if (filter.empty()) return false;
    for (std::size_t i = 0; i < filter.size(); ++i) {
        if (filter[i] != '+' && filter[i] != '#') continue;
        const bool begins_level = i == 0 || filter[i - 1] == '/';
        const bool is_last = i + 1 == filter.size();
        if (!begins_level || (!is_last && (filter[i] == '#' || filter[i + 1] != '/'))) return false;
    }
    return true;
}

std::string read_filter(Reader& reader) {
    auto filter = reader.text("a topic filter");
    if (!is_filter(filter)) reader.fail("a topic filter is malformed");
    return filter;
}

Qos read_qos(const Reader& reader, unsigned bits) {
    if (bits > 2) reader.fail("QoS 3");
    return static_cast<Qos>(bits);
}

struct ConnectFlags {
    bool clean_session, will, will_retain, password, user_name;
    Qos will_qos;
};

ConnectFlags read_connect_flags(Reader& reader) {
    const unsigned bits = reader.byte();
    if ((bits & 0x01U) != 0) reader.fail("the reserved flag is set");
    const ConnectFlags flags{.clean_session = (bits & 0x02U) != 0,
                             .will = (bits & 0x04U) != 0,
                             .will_retain = (bits & 0x20U) != 0,
                             .password = (bits & 0x40U) != 0,
                             .user_name = (bits & 0x80U) != 0,
                             .will_qos = read_qos(reader, bits >> 3U & 0x03U)};
    if (!flags.will && (flags.will_retain || flags.will_qos != Qos::at_most_once)) {
        reader.fail("will flags without a will");
    }
    if (flags.password && !flags.user_name) reader.fail("a password without a user name");
    return flags;
}

Connect decode_connect(Reader reader) {
    if (reader.text("the protocol name") != "MQTT") reader.fail("the protocol is not MQTT");
    Connect connect{.level = reader.byte()};
    if (connect.level != protocol_level) return connect;
    const auto flags = read_connect_flags(reader);
    connect.clean_session = flags.clean_session;
    connect.keep_alive = reader.number();
    connect.client_id = reader.text("the client id");
    if (flags.will) {
        connect.will.emplace();
        connect.will->topic = read_topic(reader);
        const auto message = reader.binary();
        connect.will->message.assign(message.begin(), message.end());
        connect.will->qos = flags.will_qos;
        connect.will->retain = flags.will_retain;
    }
    if (flags.user_name) connect.user_name = reader.text("the user name");
    if (flags.password) {
        const auto password = reader.binary();
        connect.password.emplace(
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char and unsigned char may alias.
            std::string_view(reinterpret_cast<const char*>(password.data()), password.size()));
    }
    reader.require_end();
    return connect;
}

Publish decode_publish(Reader reader, unsigned flags) {
    Publish publish{.qos = read_qos(reader, flags >> 1U & 0x03U),
                    .retain = (flags & 0x01U) != 0,
                    .duplicate = (flags & 0x08U) != 0};
    if (publish.duplicate && publish.qos == Qos::at_most_once) reader.fail("a duplicate of QoS 0");
    publish.topic = read_topic(reader);
    if (publish.qos != Qos::at_most_once) publish.packet_id = reader.packet_id();
    publish.payload = reader.rest();
    return publish;
}

Puback decode_puback(Reader reader) {
    const Puback puback{reader.packet_id()};
    reader.require_end();
    return puback;
}

Subscribe decode_subscribe(Reader reader) {
    Subscribe subscribe{.packet_id = reader.packet_id()};
    do {
        auto filter = read_filter(reader);
        subscribe.subscriptions.push_back({std::move(filter), read_qos(reader, reader.byte())});
    } while (!reader.at_end());
    return subscribe;
}

Unsubscribe decode_unsubscribe(Reader reader) {
    Unsubscribe unsubscribe{.packet_id = reader.packet_id()};
    do {
        unsubscribe.filters.push_back(read_filter(reader));
    } while (!reader.at_end());
    return unsubscribe;
}

void require_flags(unsigned flags, unsigned wanted, const char* packet) {
    if (flags != wanted) throw FormatError(std::string(packet) + ": wrong flags in the fixed header");
}

}  // namespace

bool is_mqtt_text(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size();) {
        const auto byte_at = [&](std::size_t index) -> std::uint32_t {
            return static_cast<unsigned char>(text[index]);
        };
        const auto first = byte_at(i);
        if (first == 0) return false;
        const std::size_t length = first < 0x80 ? 1 : first >> 5U == 6 ? 2 : first >> 4U == 14 ? 3 : 4;
        if ((length == 4 && first >> 3U != 30) || text.size() - i < length) return false;
        std::uint32_t point = length == 1 ? first : first & (0xFFU >> (length + 1));
        for (std::size_t k = 1; k < length; ++k) {
            if (byte_at(i + k) >> 6U != 2) return false;
            point = point << 6U | (byte_at(i + k) & 0x3FU);
        }
        constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
        if (point < smallest[length] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return false;
        i += length;
    }
    return true;
}

std::optional<Header> read_header(ByteView bytes) {
    if (bytes.empty()) return std::nullopt;
    Header header{.type_and_flags = bytes[0], .size = 1};
    for (unsigned shift = 0;; shift += 7) {
        if (header.size == longest_header) throw FormatError("the length of a packet takes over four bytes");
        if (header.size == bytes.size()) return std::nullopt;
        const auto byte = bytes[header.size++];
        header.body_length |= static_cast<std::size_t>(byte & 0x7FU) << shift;
        if ((byte & 0x80U) == 0) return header;
    }
}

ClientPacket decode(const Header& header, ByteView body) {
    const unsigned flags = header.type_and_flags & 0x0FU;
    switch (header.type_and_flags >> 4U) {
        case 1:
            require_flags(flags, 0, "CONNECT");
            return decode_connect({body, "CONNECT"});
        case 3:
            return decode_publish({body, "PUBLISH"}, flags);
        case 4:
            require_flags(flags, 0, "PUBACK");
            return decode_puback({body, "PUBACK"});
        case 8:
            require_flags(flags, 2, "SUBSCRIBE");
            return decode_subscribe({body, "SUBSCRIBE"});
        case 10:
            require_flags(flags, 2, "UNSUBSCRIBE");
            return decode_unsubscribe({body, "UNSUBSCRIBE"});
        case 12:
            require_flags(flags, 0, "PINGREQ");
            Reader(body, "PINGREQ").require_end();
            return Pingreq{};
        case 14:
            require_flags(flags, 0, "DISCONNECT");
            Reader(body, "DISCONNECT").require_end();
            return Disconnect{};
        default:
            throw FormatError("a packet of type " + std::to_string(header.type_and_flags >> 4U) +
                              ", which a client has no reason to send");
    }
}

}  // namespace emulator::mqtt
