// SPDX-License-Identifier: Apache-2.0
// Answers of services before anybody knows whether they are what they should be.
#pragma once

#include "foundation/error.hpp"

#include <string>
#include <string_view>

namespace device_agent::cloud {

/// The service answered, but not in its own language. Another request may still be answered well.
class NotUnderstood final : public Error {
public:
    explicit NotUnderstood(const std::string& message) : Error(ErrorCode::network, message, Retry::later()) {}
};

/// Whether JSON is nested deeper than any answer of these services: the JSON library's own functions recurse.
[[nodiscard]] bool is_nested_too_deeply(std::string_view json);

}  // namespace device_agent::cloud
