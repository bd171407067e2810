// SPDX-License-Identifier: Apache-2.0
#include "emulator/format_error.hpp"
#include "emulator/mqtt/decode.hpp"
#include "emulator/mqtt/dps_topic.hpp"
#include "emulator/mqtt/encode.hpp"
#include "emulator/mqtt/hub_topic.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace emulator;

void parse_topics(const std::string& topic) {
    const hub::IdentityId module{"hub", "d", "m"};
    for (const auto& id : {module.of_device(), module}) {
        static_cast<void>(mqtt::parse_hub_filter(topic, id));
        try {
            static_cast<void>(mqtt::parse_hub_topic(topic, id));
        } catch (const FormatError&) {
        }
    }
    try {
        static_cast<void>(mqtt::parse_dps_topic(topic));
    } catch (const FormatError&) {
    }
}

// What the emulator would send reads back as it was.
void publish_back(const mqtt::Publish& publish) {
    const auto bytes = mqtt::encode(publish);
    const auto header = mqtt::read_header(device_agent::as_bytes(bytes)).value();
    if (header.packet_size() != bytes.size()) std::abort();
    const auto again =
        std::get<mqtt::Publish>(mqtt::decode(header, device_agent::as_bytes(bytes).subspan(header.size)));
    if (again.topic != publish.topic || again.payload != publish.payload ||
        again.packet_id != publish.packet_id) {
        std::abort();
    }
}

}  // namespace

// A stream of packets, as a connection reads it: each is taken whole or refused, and no more is read than
// came.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    device_agent::ByteView bytes(data, size);
    try {
        while (const auto header = mqtt::read_header(bytes)) {
            if (header->packet_size() > bytes.size()) break;
            const auto packet = mqtt::decode(*header, bytes.subspan(header->size, header->body_length));
            bytes = bytes.subspan(header->packet_size());
            if (const auto* publish = std::get_if<mqtt::Publish>(&packet)) {
                parse_topics(publish->topic);
                publish_back(*publish);
            } else if (const auto* subscribe = std::get_if<mqtt::Subscribe>(&packet)) {
                for (const auto& subscription : subscribe->subscriptions)
                    parse_topics(subscription.filter);
            }
        }
    } catch (const FormatError&) {
    }
    return 0;
}
