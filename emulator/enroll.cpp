// SPDX-License-Identifier: Apache-2.0
#include "emulator/enroll.hpp"

#include "emulator/format_error.hpp"
#include "emulator/http/client.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/instance/description.hpp"
#include "foundation/error.hpp"

namespace emulator {
namespace {

using device_agent::Error;
using device_agent::ErrorCode;

nlohmann::json parse_items(const std::string& text) {
    nlohmann::json items;
    try {
        items = http::parse_json(text);
    } catch (const FormatError& error) {
        throw Error(
            ErrorCode::internal,
            std::string(
                "standard input is not the output of \"device-agent enrollment-info --format json\": ") +
                error.what());
    }
    if (items.is_object()) items = nlohmann::json::array({items});
    if (!items.is_array() || items.empty()) {
        throw Error(
            ErrorCode::internal,
            "standard input has no enrollment: give it the output of \"device-agent enrollment-info --format "
            "json\"");
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!items[i].is_object()) {
            throw Error(ErrorCode::internal,
                        "element " + std::to_string(i + 1) + " of standard input is not an object");
        }
    }
    return items;
}

instance::Description description_of(const std::filesystem::path& folder) {
    auto description = instance::read_description(folder);
    if (description) return std::move(*description);
    throw Error(ErrorCode::network, "no emulator has been started on " + folder.string() +
                                        ": start one with \"iot-emulator run --data " + folder.string() +
                                        "\"");
}

std::string message_of(const http::Response& response) {
    try {
        return http::parse_json(response.body).at("message").get<std::string>();
    } catch (const std::exception&) {
        return "status " + std::to_string(response.status);
    }
}

http::Response post(const instance::Description& description, const std::string& body) {
    try {
        return http::send(
            {.host = "localhost", .port = description.https_port, .ca_file = description.ca_file}, "POST",
            "/_emulator/enrollments",
            {{"Authorization", "Bearer " + description.control_token}, {"Content-Type", "application/json"}},
            body);
    } catch (const Error& error) {
        throw Error(error.code(), std::string(error.what()) + " (is the emulator running?)");
    }
}

}  // namespace

nlohmann::json enroll(const EnrollOptions& options, const std::string& enrollment_info) {
    auto items = parse_items(enrollment_info);
    if (options.device_id && items.size() > 1) {
        throw Error(ErrorCode::usage, "--device-id is for one enrollment, and standard input has " +
                                          std::to_string(items.size()));
    }
    const auto description = description_of(options.data);
    for (auto& item : items) {
        if (options.device_id) item["deviceId"] = *options.device_id;
        if (options.hub) item["iotHubHostName"] = *options.hub;
    }
    const auto response = post(description, items.dump());
    if (response.status != 200) {
        throw Error(ErrorCode::refused, "the emulator did not take the enrollment: " + message_of(response));
    }
    return http::parse_json(response.body).at("enrollments");
}

}  // namespace emulator
