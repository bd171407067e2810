// SPDX-License-Identifier: Apache-2.0
// Messages of a hub, and the property bags that carry their properties over MQTT.
#pragma once

#include "emulator/hub/message.hpp"
#include "emulator/mqtt/property_bag.hpp"

namespace emulator::mqtt {

/// System properties are those that begin with "$."; unknown ones are an application's own.
[[nodiscard]] hub::Message to_message(const PropertyBag& bag, std::string body);

[[nodiscard]] PropertyBag to_bag(const hub::CloudMessage& message);

}  // namespace emulator::mqtt
