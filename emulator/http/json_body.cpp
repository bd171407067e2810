// SPDX-License-Identifier: Apache-2.0
#include "emulator/http/json_body.hpp"

#include "emulator/ascii.hpp"
#include "emulator/format_error.hpp"

namespace emulator::http {
namespace {

constexpr int deepest = 32;

template <typename Json>
Response respond(int status, const Json& body) {
    Response response;
    response.status = status;
    response.headers.add("Content-Type", "application/json; charset=utf-8");
    // Bytes that are not UTF-8 came from a client; they must not turn an answer into a failure.
    response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    return response;
}

}  // namespace

nlohmann::json parse_json(std::string_view text) {
    const auto limit_depth = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        if (depth > deepest) throw FormatError("the JSON is nested too deeply");
        return true;
    };
    try {
        return nlohmann::json::parse(text, limit_depth);
    } catch (const nlohmann::json::parse_error& error) {
        throw FormatError("the body is not JSON (byte " + std::to_string(error.byte) + ")");
    } catch (const nlohmann::json::out_of_range&) {
        throw FormatError("the body has a number that is too large");
    }
}

bool is_json(const Request& request) {
    const auto type = request.headers.find("Content-Type");
    if (!type) return false;
    auto media_type = type->substr(0, type->find(';'));
    while (media_type.ends_with(' '))
        media_type.remove_suffix(1);
    return equal_ignoring_case(media_type, "application/json");
}

Response json_response(int status, const nlohmann::ordered_json& body) {
    return respond(status, body);
}
Response json_response(int status, const nlohmann::json& body) {
    return respond(status, body);
}

std::optional<std::string> text_member(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) return std::nullopt;
    if (!found->is_string()) throw FormatError(std::string(name) + " is not text");
    return found->get<std::string>();
}

const nlohmann::json* object_member(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) return nullptr;
    if (!found->is_object()) throw FormatError(std::string(name) + " is not an object");
    return &*found;
}

}  // namespace emulator::http
