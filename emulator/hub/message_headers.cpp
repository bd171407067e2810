// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/message_headers.hpp"

#include "emulator/ascii.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/etag.hpp"
#include "emulator/http/json_body.hpp"
#include "foundation/encoding.hpp"

#include <array>
#include <ctime>

namespace emulator::hub {
namespace {

constexpr std::string_view application_prefix = "iothub-app-";
constexpr std::string_view batch_type = "application/vnd.microsoft.iothub.json";

struct Header {
    std::string_view name;
    std::string_view property;
};
constexpr std::array<Header, 10> headers{{{"iothub-messageid", "messageId"},
                                          {"iothub-correlationid", "correlationId"},
                                          {"iothub-userid", "userId"},
                                          {"iothub-to", "to"},
                                          {"iothub-expiry", "expiryTimeUtc"},
                                          {"iothub-ack", "ack"},
                                          {"iothub-contenttype", "contentType"},
                                          {"iothub-contentencoding", "contentEncoding"},
                                          {"iothub-creationtimeutc", "creationTimeUtc"},
                                          {"iothub-interface-id", "interfaceId"}}};

void check_text(std::string_view text, std::string_view what) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) throw FormatError(std::string(what) + " has a control character");
    }
}

void add_property(Message& message, const std::string& header, const std::string& value) {
    check_text(header, "a property's name");
    check_text(value, "a property's value");
    if (starts_ignoring_case(header, application_prefix)) {
        message.application.emplace_back(header.substr(application_prefix.size()), value);
        return;
    }
    for (const auto& known : headers) {
        if (equal_ignoring_case(known.name, header)) message.system.emplace_back(known.property, value);
    }
}

Message read_entry(const nlohmann::json& entry) {
    if (!entry.is_object()) throw FormatError("a message of the batch is not an object");
    Message message{.body = http::text_member(entry, "body").value_or("")};
    // Clients that do not say so send base64, too.
    const auto encoded = entry.value("base64Encoded", nlohmann::json(true));
    if (encoded != false) {
        const auto bytes = device_agent::base64_decode(message.body);
        if (!bytes) throw FormatError("the body of a message of the batch is not base64");
        message.body.assign(bytes->begin(), bytes->end());
    }
    if (const auto* properties = http::object_member(entry, "properties")) {
        for (const auto& [name, value] : properties->items()) {
            if (!value.is_string()) throw FormatError("a property of a message of the batch is not text");
            add_property(message, name, value.get<std::string>());
        }
    }
    return message;
}

}  // namespace

Message read_message(const http::Request& request) {
    Message message{.body = request.body};
    for (const auto& [name, value] : request.headers)
        add_property(message, name, value);
    return message;
}

bool is_batch(const http::Request& request) {
    return starts_ignoring_case(request.headers.find("Content-Type").value_or(""), batch_type);
}

std::vector<Message> read_batch(const nlohmann::json& body) {
    if (!body.is_array()) throw FormatError("the batch is not an array");
    std::vector<Message> messages;
    for (const auto& entry : body)
        messages.push_back(read_entry(entry));
    return messages;
}

http::Response message_response(const CloudMessage& message) {
    http::Response response{.body = message.content.body};
    response.headers.add("Content-Type", "application/octet-stream");
    response.headers.add("ETag", http::quoted(message.lock_token));
    response.headers.add("iothub-sequencenumber", std::to_string(message.sequence));
    response.headers.add("iothub-enqueuedtime", device_agent::format_utc(message.enqueued));
    response.headers.add("iothub-deliverycount", std::to_string(message.deliveries - 1));
    response.headers.add("iothub-expiry", device_agent::format_utc(message.expiry));
    for (const auto& [name, header] : headers) {
        if (header == "expiryTimeUtc") continue;
        if (const auto value = find_property(message.content.system, header)) {
            response.headers.add(std::string(name), *value);
        }
    }
    for (const auto& [name, value] : message.content.application)
        response.headers.add(std::string(application_prefix) + name, value);
    return response;
}

device_agent::WallTime parse_expiry(const std::string& text) {
    std::tm time{};
    const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
    if (rest != nullptr && *rest == '.') {
        do {
            ++rest;
        } while (*rest >= '0' && *rest <= '9');
    }
    if (rest != nullptr && *rest == 'Z') ++rest;
    if (rest == nullptr || *rest != '\0') {
        throw FormatError("iothub-expiry is no time like 2030-01-31T12:00:00Z");
    }
    return device_agent::WallTime(std::chrono::seconds(::timegm(&time)));
}

}  // namespace emulator::hub
