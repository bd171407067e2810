// SPDX-License-Identifier: Apache-2.0
#include "foundation/error.hpp"

#include <array>
#include <exception>

namespace device_agent {

Error::Error(ErrorCode code, const std::string& message, Retry retry)
    : std::runtime_error(message), code_(code), retry_(retry) {}

namespace {

// Indexed by ErrorCode, in its order.
constexpr std::array<ErrorTranslation, 11> translations{{
    {"internal", 1, 500},
    {"state", 1, 500},
    {"usage", 2, 400},
    {"configuration", 3, 500},
    {"not-provisioned", 4, 404},
    {"refused", 5, 502},
    {"network", 6, 503},
    {"tpm", 7, 500},
    {"permission", 8, 403},
    {"cancelled", 1, 503},
    {"certificate_identity", 1, 409},
}};

}  // namespace

const ErrorTranslation& translate(ErrorCode code) noexcept {
    return translations.at(static_cast<std::size_t>(code));
}

std::optional<ErrorCode> error_code_named(std::string_view name) noexcept {
    for (std::size_t i = 0; i < translations.size(); ++i) {
        if (translations.at(i).name == name) return static_cast<ErrorCode>(i);
    }
    return std::nullopt;
}

std::string explain(const std::exception& error) {
    std::string text = error.what();
    try {
        std::rethrow_if_nested(error);
    } catch (const std::exception& cause) {
        text += ": " + explain(cause);
    }
    return text;
}

}  // namespace device_agent
