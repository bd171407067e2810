// SPDX-License-Identifier: Apache-2.0
// JSON in and out of requests and responses.
#pragma once

#include "emulator/http/message.hpp"

#include <nlohmann/json.hpp>

namespace emulator::http {

/// Parses hostile text: throws FormatError for what is not JSON, and for values nested deeper than any of our
/// protocols needs (the JSON library's own functions recurse).
[[nodiscard]] nlohmann::json parse_json(std::string_view text);

/// Whether the Content-Type says JSON.
[[nodiscard]] bool is_json(const Request& request);

/// With the content type that the Node SDK insists on.
[[nodiscard]] Response json_response(int status, const nlohmann::ordered_json& body);
[[nodiscard]] Response json_response(int status, const nlohmann::json& body);

/// A member of an object: nothing when it is absent or null. Throws FormatError when it is not text.
[[nodiscard]] std::optional<std::string> text_member(const nlohmann::json& object, const char* name);

/// A member that is an object itself: null when it is absent or null. Throws FormatError when it is another
/// value.
[[nodiscard]] const nlohmann::json* object_member(const nlohmann::json& object, const char* name);

}  // namespace emulator::http
