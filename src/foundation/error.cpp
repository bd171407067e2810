// SPDX-License-Identifier: Apache-2.0
#include "foundation/error.hpp"

#include <array>
#include <exception>

namespace device_agent {

Error::Error(ErrorCode code, const std::string& message, Retry retry)
    : std::runtime_error(message), code_(code), retry_(retry) {}

const ErrorTranslation& translate(ErrorCode code) noexcept {
    // Indexed by ErrorCode, in its order.
    static constexpr std::array<ErrorTranslation, 11> table{{
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
    return table.at(static_cast<std::size_t>(code));
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
