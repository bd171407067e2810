// SPDX-License-Identifier: Apache-2.0
// What devices sent: GET and DELETE /_emulator/telemetry.
#include "emulator/control/api.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "foundation/encoding.hpp"

#include <charconv>

namespace emulator::control {
namespace {

using http::Call;
using http::Response;

template <typename Number>
Number number_parameter(const http::Target& target, const char* name, Number otherwise) {
    const auto text = target.parameter(name);
    if (!text) return otherwise;
    Number number{};
    const auto [rest, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc{} || rest != text->data() + text->size()) {
        throw FormatError(std::string(name) + " is not a number");
    }
    return number;
}

std::optional<std::string> text_parameter(const http::Target& target, const char* name) {
    const auto text = target.parameter(name);
    return text ? std::optional(std::string(*text)) : std::nullopt;
}

nlohmann::json properties_json(const hub::MessageProperties& properties) {
    auto object = nlohmann::json::object();
    for (const auto& [name, value] : properties)
        object[name] = value;
    return object;
}

// JSON has room for any bytes as base64 only; what is text is shown as text too, and what is JSON as JSON.
nlohmann::json describe(const hub::TelemetryEntry& entry) {
    const auto& body = entry.message.body;
    nlohmann::json json{
        {"sequence", entry.sequence},
        {"enqueuedTimeUtc", device_agent::format_utc(entry.enqueued)},
        {"hub", entry.from.hub},
        {"deviceId", entry.from.device},
        {"moduleId", entry.from.is_module() ? nlohmann::json(entry.from.module) : nlohmann::json()},
        {"properties", properties_json(entry.message.application)},
        {"systemProperties", properties_json(entry.message.system)},
        {"body", device_agent::base64_encode(device_agent::as_bytes(body))}};
    try {
        (void)nlohmann::json(body).dump();  // throws where it is not UTF-8
        json["text"] = body;
        json["json"] = http::parse_json(body);
    } catch (const nlohmann::json::type_error&) {
    } catch (const FormatError&) {
    }
    return json;
}

Response read(const Call& call, const Services& services) {
    const auto& target = call.request.target;
    hub::TelemetryLog::Filter filter{.hub = text_parameter(target, "hub"),
                                     .device = text_parameter(target, "deviceId"),
                                     .module = text_parameter(target, "moduleId")};
    filter.after = number_parameter<std::int64_t>(target, "after", 0);
    filter.most = number_parameter<std::size_t>(target, "top", 1000);
    auto messages = nlohmann::json::array();
    for (const auto& entry : services.hub.telemetry.read(filter))
        messages.push_back(describe(entry));
    return http::json_response(200, nlohmann::json{{"telemetry", messages}});
}

}  // namespace

void add_telemetry_routes(http::Router& router, const Services& services) {
    router.add("GET", "/_emulator/telemetry", [&](Call& call) { return read(call, services); });
    router.add("DELETE", "/_emulator/telemetry", [&](Call&) {
        services.hub.telemetry.clear();
        return Response{.status = 204};
    });
}

}  // namespace emulator::control
