// SPDX-License-Identifier: Apache-2.0
// For which unit systemd asks, when it loads a credential from a socket (LoadCredential=, systemd.exec(5)).
#pragma once

#include "app_api/agent.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace device_agent::app_api {

struct UnitCredential {
    std::string unit;
    std::string name;  ///< of the credential
    friend bool operator==(const UnitCredential&, const UnitCredential&) = default;
};

/// Reads the address that systemd gives its socket, "\0RANDOM/unit/UNIT/NAME". Nothing when it is not one, or
/// the unit is no service.
[[nodiscard]] std::optional<UnitCredential> parse_unit_address(std::string_view address);

/// The application whose identity the credential is for: the one that is granted to the unit, or of several
/// the one that the credential is named after. Else why there is none. There is no process yet that could be
/// in a list of users or groups, so only a grant by unit alone holds here.
struct NoApplication {
    std::string reason;
};
[[nodiscard]] std::variant<std::string, NoApplication> choose_for_unit(const UnitCredential& credential,
                                                                       const View& view);

}  // namespace device_agent::app_api
