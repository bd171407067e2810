// SPDX-License-Identifier: Apache-2.0
// What IoT Hub's identity registry answers, as values. Every byte is hostile until it is parsed.
#pragma once

#include "foundation/secret.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace device_agent::cloud {

struct Module {
    std::string id;
    std::string generation_id;   ///< tells an identity from a later one of the same name
    std::string authentication;  ///< "sas", "selfSigned", "certificateAuthority", "none"
    SecretBytes primary_key;     ///< both empty unless the authentication is "sas"
    SecretBytes secondary_key;
    std::string defect{};  ///< of a list: why this module could not be understood; empty when it could
};

/// Throw NotUnderstood, an Error{network} that names what is missing or wrong. In a list a module that has an
/// id, but is otherwise not understood, is one with a defect.
[[nodiscard]] Module parse_module(std::string_view body);
[[nodiscard]] std::vector<Module> parse_modules(std::string_view body);

/// "DeviceNotFound" from an error body, or its beginning when it is no such body.
[[nodiscard]] std::string describe_hub_error(std::string_view body);

}  // namespace device_agent::cloud
