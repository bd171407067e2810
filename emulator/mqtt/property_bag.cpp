// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/property_bag.hpp"

#include "emulator/format_error.hpp"
#include "foundation/encoding.hpp"

namespace emulator::mqtt {
namespace {

std::string decoded(std::string_view text) {
    auto plain = device_agent::percent_decode(text);
    if (!plain) throw FormatError("a property is not percent-encoded rightly");
    return std::move(*plain);
}

}  // namespace

PropertyBag parse_property_bag(std::string_view text) {
    PropertyBag bag;
    if (text.starts_with('?')) text.remove_prefix(1);
    while (!text.empty()) {
        const auto property = text.substr(0, text.find('&'));
        text.remove_prefix(property.size() == text.size() ? property.size() : property.size() + 1);
        const auto equals = property.find('=');
        auto name = decoded(property.substr(0, equals));
        if (name.empty()) throw FormatError("a property has no name");
        std::optional<std::string> value;
        if (equals != std::string_view::npos) value = decoded(property.substr(equals + 1));
        if (!bag.emplace(std::move(name), std::move(value)).second) {
            throw FormatError("a property is given twice");
        }
    }
    return bag;
}

std::string encode(const PropertyBag& bag) {
    std::string text;
    for (const auto& [name, value] : bag) {
        if (!text.empty()) text.push_back('&');
        text.append(device_agent::percent_encode(name));
        if (value) text.append("=").append(device_agent::percent_encode(*value));
    }
    return text;
}

std::optional<std::string> value_of(const PropertyBag& bag, std::string_view name) {
    const auto found = bag.find(name);
    return found == bag.end() ? std::nullopt : found->second;
}

}  // namespace emulator::mqtt
