// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/dps_topic.hpp"

#include "emulator/format_error.hpp"
#include "emulator/mqtt/property_bag.hpp"
#include "foundation/encoding.hpp"

namespace emulator::mqtt {
namespace {

constexpr std::string_view register_topic = "$dps/registrations/PUT/iotdps-register/?";
constexpr std::string_view operation_topic = "$dps/registrations/GET/iotdps-get-operationstatus/?";

std::string required(const PropertyBag& bag, const char* name) {
    auto value = value_of(bag, name);
    if (!value || value->empty()) throw FormatError(std::string("the topic has no ") + name);
    return std::move(*value);
}

}  // namespace

std::variant<Register, GetOperation> parse_dps_topic(std::string_view topic) {
    if (topic.starts_with(register_topic)) {
        return Register{required(parse_property_bag(topic.substr(register_topic.size())), "$rid")};
    }
    if (topic.starts_with(operation_topic)) {
        const auto bag = parse_property_bag(topic.substr(operation_topic.size()));
        return GetOperation{required(bag, "$rid"), required(bag, "operationId")};
    }
    throw FormatError("a device may not publish to this topic");
}

// $rid comes first: one client looks for it there only.
std::string dps_response_topic(int status, const std::string& request_id,
                               std::optional<std::string_view> retry_after) {
    auto topic = "$dps/registrations/res/" + std::to_string(status) +
                 "/?$rid=" + device_agent::percent_encode(request_id);
    if (retry_after) topic.append("&retry-after=").append(*retry_after);
    return topic;
}

}  // namespace emulator::mqtt
