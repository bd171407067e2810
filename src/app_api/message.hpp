// SPDX-License-Identifier: Apache-2.0
// Requests and replies as plain values: all that the protocol sees of HTTP.
#pragma once

#include "foundation/secret.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace device_agent::app_api {

/// In which form the caller wants the answer.
enum class Format {
    json,
    text,   ///< text/plain: the bare string
    steps,  ///< application/x-ndjson: of long operations, a line a step; otherwise as JSON
};

/// By the Accept header (RFC 9110, section 12.5.1): the supported media type of the highest weight, the first
/// of equals. JSON when there is no header, or nothing in it that is supported.
[[nodiscard]] Format format_for(std::string_view accept);

struct Request {
    std::string method;
    std::string target;  ///< origin form, not decoded
    Format format = Format::json;
    SecretText body;  ///< may hold a connection string
};

struct Reply {
    int status = 200;
    std::string_view content_type;
    SecretText body;
    std::string allow{};                                ///< of 405
    std::optional<std::chrono::seconds> retry_after{};  ///< of 429 and 503
    std::vector<std::pair<std::string_view, std::string>>
        headers{};  ///< what the form of the body leaves out
};

}  // namespace device_agent::app_api
