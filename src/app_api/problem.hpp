// SPDX-License-Identifier: Apache-2.0
// Why a request is refused, in the form of RFC 9457. One table, together with that of foundation/error.
#pragma once

#include "app_api/message.hpp"
#include "foundation/error.hpp"

#include <exception>
#include <string>
#include <string_view>

namespace device_agent::app_api {

struct Problem {
    int status = 500;
    std::string_view code;
    std::string detail;
    std::string allow{};
    std::optional<std::chrono::seconds> retry_after{};
};

/// What no error of the agent's describes, since it is about the protocol.
enum class Refused { no_such_path, method, ambiguous, body_too_large, header_too_large, too_many };

[[nodiscard]] Problem problem_of(Refused reason, std::string detail);
[[nodiscard]] Problem problem_of(ErrorCode code, std::string detail);
/// Of an exception that an operation ended with. What is no Error is `internal`.
[[nodiscard]] Problem problem_of(const std::exception_ptr& failure);

/// application/problem+json, or `code: detail` as text.
[[nodiscard]] Reply reply_with(const Problem& problem, Format format);
/// The JSON of it alone.
[[nodiscard]] std::string to_json(const Problem& problem);

}  // namespace device_agent::app_api
