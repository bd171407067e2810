// SPDX-License-Identifier: Apache-2.0
// Tokens as clients make them, for tests.
#pragma once

#include "foundation/clock.hpp"
#include "foundation/digest.hpp"
#include "foundation/encoding.hpp"

#include <string>
#include <string_view>

namespace emulator::testing {

/// `resource` is encoded as RFC 3986 has it, unless it comes encoded (then it is signed and sent as it is).
inline std::string sign_encoded(std::string_view encoded_resource, device_agent::ByteView key,
                                device_agent::WallTime expiry, std::string_view policy = "") {
    const auto se = std::to_string(expiry.time_since_epoch().count());
    const auto mac =
        device_agent::hmac_sha256(key, device_agent::as_bytes(std::string(encoded_resource) + "\n" + se));
    std::string token = "SharedAccessSignature sr=" + std::string(encoded_resource) +
                        "&sig=" + device_agent::percent_encode(device_agent::base64_encode(mac)) +
                        "&se=" + se;
    if (!policy.empty()) token += "&skn=" + std::string(policy);
    return token;
}

inline std::string sign(std::string_view resource, device_agent::ByteView key, device_agent::WallTime expiry,
                        std::string_view policy = "") {
    return sign_encoded(device_agent::percent_encode(resource), key, expiry, policy);
}

inline std::string sign_base64(std::string_view resource, std::string_view base64_key,
                               device_agent::WallTime expiry, std::string_view policy = "") {
    return sign(resource, device_agent::base64_decode(base64_key).value(), expiry, policy);
}

}  // namespace emulator::testing
