// SPDX-License-Identifier: Apache-2.0
// What a request asks for: the table of routes, and the reading of query and body.
#pragma once

#include "app_api/agent.hpp"
#include "app_api/message.hpp"
#include "app_api/problem.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace device_agent::app_api {

struct Call {
    enum class Kind { identity, identities, token, connection_string, events, operation, metrics };
    Kind kind = Kind::identity;
    Format format = Format::json;
    std::string_view name;                     ///< "GET /v1/slots/N": for logs and counters
    std::optional<std::string> application{};  ///< which identity, where a caller may use several
    std::optional<std::chrono::seconds> expiry{};
    Operation operation{};  ///< of Kind::operation

    [[nodiscard]] bool is_for_administrators() const noexcept {
        return kind == Kind::operation || kind == Kind::metrics;
    }
};

/// A pure function of any bytes: the call, or why it is none.
[[nodiscard]] std::variant<Call, Problem> interpret(const Request& request);

}  // namespace device_agent::app_api
