// SPDX-License-Identifier: Apache-2.0
// The topics of IoT Hub. Nothing but these is published or subscribed to.
#pragma once

#include "emulator/hub/identity.hpp"
#include "emulator/mqtt/property_bag.hpp"

#include <variant>

namespace emulator::mqtt {

/// devices/{d}[/modules/{m}]/messages/events/{bag}
struct Telemetry {
    PropertyBag properties;
};
/// $iothub/twin/GET/?$rid={rid}
struct TwinGet {
    std::string request_id;
};
/// $iothub/twin/PATCH/properties/reported/?$rid={rid}
struct TwinPatch {
    std::string request_id;
};
/// $iothub/methods/res/{status}/?$rid={rid}
struct MethodResponse {
    int status;
    std::string request_id;
};

using HubTopic = std::variant<Telemetry, TwinGet, TwinPatch, MethodResponse>;

/// What the identity means by publishing to `topic`. Throws FormatError for everything that it may not.
[[nodiscard]] HubTopic parse_hub_topic(std::string_view topic, const hub::IdentityId& id);

/// What can be subscribed to.
enum class HubFilter { cloud_to_device, module_inputs, twin_responses, desired_properties, methods };

/// Nothing for every other filter.
[[nodiscard]] std::optional<HubFilter> parse_hub_filter(std::string_view filter, const hub::IdentityId& id);

/// The topics on which the hub publishes. `version` is that of the reported properties, for 204.
[[nodiscard]] std::string twin_response_topic(int status, const std::string& request_id,
                                              std::optional<std::int64_t> version = std::nullopt);
[[nodiscard]] std::string desired_properties_topic(std::int64_t version);
[[nodiscard]] std::string method_topic(const std::string& method, const std::string& request_id);
[[nodiscard]] std::string cloud_to_device_topic(const hub::IdentityId& id, const PropertyBag& properties);

}  // namespace emulator::mqtt
