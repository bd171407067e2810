// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/connection_string.hpp"

#include "emulator/ascii.hpp"
#include "emulator/format_error.hpp"

#include <map>

namespace emulator::hub {
namespace {

using Parts = std::map<std::string_view, std::string_view>;

Parts split(std::string_view text) {
    Parts parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(';'), text.size());
        const auto part = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (part.empty()) continue;
        const auto equals = part.find('=');  // values may have more of them
        if (equals == std::string_view::npos)
            throw FormatError("the connection string has a part without a value");
        const auto name = part.substr(0, equals);
        if (!parts.emplace(name, part.substr(equals + 1)).second) {
            throw FormatError("the connection string has two parts of one name");
        }
    }
    return parts;
}

std::string required(const Parts& parts, const char* name) {
    const auto found = parts.find(name);
    if (found == parts.end() || found->second.empty()) {
        throw FormatError(std::string("the connection string has no ") + name);
    }
    return std::string(found->second);
}

std::optional<device_agent::SecretText> secret(const Parts& parts, const char* name) {
    const auto found = parts.find(name);
    if (found == parts.end()) return std::nullopt;
    return device_agent::SecretText(found->second);
}

}  // namespace

ConnectionString parse_connection_string(std::string_view text) {
    const auto parts = split(text);
    if (parts.contains("SharedAccessKeyName")) {
        throw FormatError("this is a service's connection string, not one of a device or module");
    }
    ConnectionString parsed;
    parsed.id.hub = lower_case(required(parts, "HostName"));
    parsed.id.device = required(parts, "DeviceId");
    if (parts.contains("ModuleId")) parsed.id.module = required(parts, "ModuleId");
    parsed.shared_access_key = secret(parts, "SharedAccessKey");
    parsed.shared_access_signature = secret(parts, "SharedAccessSignature");
    const auto x509 = parts.find("x509");
    parsed.x509 = x509 != parts.end() && equal_ignoring_case(x509->second, "true");

    const int ways =
        (parsed.shared_access_key ? 1 : 0) + (parsed.shared_access_signature ? 1 : 0) + (parsed.x509 ? 1 : 0);
    if (ways != 1) {
        throw FormatError(
            "the connection string must have exactly one of SharedAccessKey, SharedAccessSignature and "
            "x509=true");
    }
    return parsed;
}

}  // namespace emulator::hub
