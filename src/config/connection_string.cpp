// SPDX-License-Identifier: Apache-2.0
#include "config/connection_string.hpp"

#include "foundation/encoding.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace device_agent::config {
namespace {

constexpr std::array<std::string_view, 5> known_parts = {"HostName", "DeviceId", "ModuleId",
                                                         "SharedAccessKey", "SharedAccessSignature"};
constexpr std::string_view token_start = "SharedAccessSignature ";

}  // namespace

std::string find_connection_string_fault(std::string_view text) {
    std::map<std::string_view, std::string_view> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(';'), text.size());
        const auto part = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto equals = std::min(part.find('='), part.size());
        // Only a known name may be quoted: any other text could be a piece of the secret.
        const auto* const name = std::ranges::find(known_parts, part.substr(0, equals));
        if (name == known_parts.end())
            return "has a part that is none of a device's or module's connection string";
        if (equals + 1 >= part.size()) return "has no value for " + std::string(*name);
        if (!parts.emplace(*name, part.substr(equals + 1)).second)
            return "has " + std::string(*name) + " twice";
    }
    if (!parts.contains("HostName")) return "has no HostName";
    if (!parts.contains("DeviceId")) return "has no DeviceId";
    const auto key = parts.find("SharedAccessKey");
    const auto token = parts.find("SharedAccessSignature");
    if ((key == parts.end()) == (token == parts.end())) {
        return "must have either SharedAccessKey or SharedAccessSignature";
    }
    if (key != parts.end() && !base64_decode_secret(key->second))
        return "has a SharedAccessKey that is not base64";
    if (token != parts.end() && !token->second.starts_with(token_start)) {
        return "has a SharedAccessSignature that is no SAS token";
    }
    return {};
}

}  // namespace device_agent::config
