// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/message_bag.hpp"

#include <array>

namespace emulator::mqtt {
namespace {

struct SystemProperty {
    std::string_view in_bag;
    std::string_view name;
};

constexpr std::array<SystemProperty, 14> system_properties{{{"$.mid", "messageId"},
                                                            {"$.cid", "correlationId"},
                                                            {"$.uid", "userId"},
                                                            {"$.to", "to"},
                                                            {"$.exp", "expiryTimeUtc"},
                                                            {"$.ct", "contentType"},
                                                            {"$.ce", "contentEncoding"},
                                                            {"$.ctime", "creationTimeUtc"},
                                                            {"$.on", "outputName"},
                                                            {"$.sub", "componentName"},
                                                            {"$.diagid", "diagnosticId"},
                                                            {"$.diagctx", "diagnosticContext"},
                                                            {"$.ifid", "interfaceId"},
                                                            {"iothub-ack", "ack"}}};

std::string_view name_in_message(std::string_view in_bag) {
    for (const auto& property : system_properties) {
        if (property.in_bag == in_bag) return property.name;
    }
    return {};
}

std::string_view name_in_bag(std::string_view name) {
    for (const auto& property : system_properties) {
        if (property.name == name) return property.in_bag;
    }
    return {};
}

}  // namespace

hub::Message to_message(const PropertyBag& bag, std::string body) {
    hub::Message message{.body = std::move(body)};
    for (const auto& [name, value] : bag) {
        const auto system = name_in_message(name);
        if (system.empty()) {
            message.application.emplace_back(name, value.value_or(""));
        } else {
            message.system.emplace_back(system, value.value_or(""));
        }
    }
    return message;
}

PropertyBag to_bag(const hub::CloudMessage& message) {
    PropertyBag bag;
    for (const auto& [name, value] : message.content.application)
        bag.emplace(name, value);
    for (const auto& [name, value] : message.content.system) {
        const auto in_bag = name_in_bag(name);
        if (!in_bag.empty()) bag.insert_or_assign(std::string(in_bag), value);
    }
    return bag;
}

}  // namespace emulator::mqtt
