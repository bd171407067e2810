// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/hub_topic.hpp"

#include "emulator/format_error.hpp"
#include "foundation/encoding.hpp"

#include <charconv>

namespace emulator::mqtt {
namespace {

// Takes `start` off the front of `text`, if it is there.
bool take(std::string_view& text, std::string_view start) {
    if (!text.starts_with(start)) return false;
    text.remove_prefix(start.size());
    return true;
}

// Takes "{id}/" off the front. Clients write an id as it is or percent-encoded.
bool take_id(std::string_view& text, const std::string& id) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return false;
    const auto level = text.substr(0, slash);
    if (level != id && device_agent::percent_decode(level) != id) return false;
    text.remove_prefix(slash + 1);
    return true;
}

// Takes "devices/{d}/[modules/{m}/]" off the front.
bool take_identity(std::string_view& text, const hub::IdentityId& id) {
    if (!take(text, "devices/") || !take_id(text, id.device)) return false;
    return !id.is_module() || (take(text, "modules/") && take_id(text, id.module));
}

std::string request_id_of(std::string_view bag) {
    if (!bag.starts_with('?')) throw FormatError("the topic has no \"?\" before its request id");
    auto id = value_of(parse_property_bag(bag), "$rid");
    if (!id || id->empty()) throw FormatError("the topic has no request id ($rid)");
    return std::move(*id);
}

MethodResponse parse_method_response(std::string_view rest) {
    const auto slash = rest.find('/');
    const auto number = rest.substr(0, slash);
    int status = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), status);
    if (slash == std::string_view::npos || error != std::errc() || end != number.data() + number.size()) {
        throw FormatError("the topic of a method's response has no status");
    }
    return {status, request_id_of(rest.substr(slash + 1))};
}

Telemetry parse_telemetry(std::string_view bag) {
    if (bag.ends_with('/')) bag.remove_suffix(1);
    if (bag.find('/') != std::string_view::npos) throw FormatError("a \"/\" within the properties");
    return {parse_property_bag(bag)};
}

std::string identity_prefix(const hub::IdentityId& id) {
    std::string prefix = "devices/" + device_agent::percent_encode(id.device);
    if (id.is_module()) prefix += "/modules/" + device_agent::percent_encode(id.module);
    return prefix;
}

}  // namespace

HubTopic parse_hub_topic(std::string_view topic, const hub::IdentityId& id) {
    auto rest = topic;
    if (take(rest, "$iothub/twin/GET/")) return TwinGet{request_id_of(rest)};
    if (take(rest, "$iothub/twin/PATCH/properties/reported/")) return TwinPatch{request_id_of(rest)};
    if (take(rest, "$iothub/methods/res/")) return parse_method_response(rest);
    if (take_identity(rest, id)) {
        if (rest == "messages/events") return Telemetry{};
        if (take(rest, "messages/events/")) return parse_telemetry(rest);
    }
    throw FormatError("it may not publish to this topic");
}

std::optional<HubFilter> parse_hub_filter(std::string_view filter, const hub::IdentityId& id) {
    if (filter == "$iothub/twin/res/#") return HubFilter::twin_responses;
    if (filter == "$iothub/twin/PATCH/properties/desired/#") return HubFilter::desired_properties;
    if (filter == "$iothub/methods/POST/#") return HubFilter::methods;
    auto rest = filter;
    if (!take_identity(rest, id)) return std::nullopt;
    if (!id.is_module() && rest == "messages/devicebound/#") return HubFilter::cloud_to_device;
    if (!id.is_module()) return std::nullopt;
    // One input, or all of them.
    if (rest == "#" ||
        (take(rest, "inputs/") && rest.ends_with('#') && rest.find_first_of("+#") == rest.size() - 1)) {
        return HubFilter::module_inputs;
    }
    return std::nullopt;
}

std::string twin_response_topic(int status, const std::string& request_id,
                                std::optional<std::int64_t> version) {
    auto topic =
        "$iothub/twin/res/" + std::to_string(status) + "/?$rid=" + device_agent::percent_encode(request_id);
    if (version) topic += "&$version=" + std::to_string(*version);
    return topic;
}

std::string desired_properties_topic(std::int64_t version) {
    return "$iothub/twin/PATCH/properties/desired/?$version=" + std::to_string(version);
}

std::string method_topic(const std::string& method, const std::string& request_id) {
    return "$iothub/methods/POST/" + device_agent::percent_encode(method) + "/?$rid=" + request_id;
}

std::string cloud_to_device_topic(const hub::IdentityId& id, const PropertyBag& properties) {
    return identity_prefix(id) + "/messages/devicebound/" + encode(properties);
}

}  // namespace emulator::mqtt
