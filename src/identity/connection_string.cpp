// SPDX-License-Identifier: Apache-2.0
#include "identity/connection_string.hpp"

#include "foundation/encoding.hpp"
#include "foundation/error.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>

namespace device_agent::identity {
namespace {

using Parts = std::map<std::string_view, std::string_view>;

constexpr std::size_t longest_key = 64;  // bytes; a TPM takes no longer HMAC key

constexpr std::string_view how_to = "; give the primary connection string of a device or module of the hub";

/// Parts that are well-formed elsewhere, and why they are of no use here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> unwanted = {{
    {"SharedAccessSignature", "it expires, and a slot keeps the key that signs new ones"},
    {"x509", "a slot keeps a symmetric key, and this identity has a certificate"},
    {"SharedAccessKeyName", "it is a policy's of the whole hub or of DPS, for services"},
    {"GatewayHostName", "slots hold no gateway: leave this part out"},
}};

constexpr std::array<std::string_view, 4> known = {"HostName", "DeviceId", "ModuleId", "SharedAccessKey"};

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorCode::usage, "the connection string " + why + std::string(how_to));
}

void refuse_unwanted(std::string_view name) {
    const auto* const found =
        std::ranges::find(unwanted, name, &std::pair<std::string_view, std::string_view>::first);
    if (found == unwanted.end()) return;
    refuse("has a " + std::string(name) + " (" + std::string(found->second) + ")");
}

Parts split(std::string_view text) {
    Parts parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(';'), text.size());
        const auto part = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto equals = std::min(part.find('='), part.size());
        const auto name = part.substr(0, equals);
        refuse_unwanted(name);
        // Only a known name may be quoted.
        if (std::ranges::find(known, name) == known.end())
            refuse("has a part that is none of HostName, DeviceId, ModuleId and SharedAccessKey");
        if (equals + 1 >= part.size()) refuse("has no value for " + std::string(name));
        if (!parts.emplace(name, part.substr(equals + 1)).second)
            refuse("has " + std::string(name) + " twice");
    }
    for (const std::string_view name : {"HostName", "DeviceId", "SharedAccessKey"}) {
        if (!parts.contains(name)) refuse("has no " + std::string(name));
    }
    return parts;
}

/// As the DNS has it: labels of letters, digits and inner hyphens.
bool is_host_name(std::string_view text) {
    constexpr std::size_t longest_label = 63;
    constexpr std::size_t longest_name = 253;
    if (text.size() > longest_name) return false;
    for (;;) {
        const auto end = std::min(text.find('.'), text.size());
        const auto label = text.substr(0, end);
        const bool valid =
            !label.empty() && label.size() <= longest_label && label.front() != '-' && label.back() != '-' &&
            std::ranges::all_of(label, [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
            });
        if (!valid) return false;
        if (end == text.size()) return true;
        text.remove_prefix(end + 1);
    }
}

/// "Device identity" in the hub's documentation: 128 characters of ASCII letters, digits and these marks.
bool is_id(std::string_view text) {
    constexpr std::size_t longest = 128;
    constexpr std::string_view marks = "-:.+%_#*?!(),=@$'";
    return text.size() <= longest && std::ranges::all_of(text, [&](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      marks.find(c) != std::string_view::npos;
           });
}

}  // namespace

KeyedIdentity parse_connection_string(std::string_view text) {
    const auto parts = split(text);
    if (!is_host_name(parts.at("HostName"))) refuse("has a HostName that is not the name of a host");
    if (!is_id(parts.at("DeviceId"))) refuse("has a DeviceId that no hub allows");
    KeyedIdentity result;
    result.identity.hub = parts.at("HostName");
    result.identity.device = parts.at("DeviceId");
    if (const auto module = parts.find("ModuleId"); module != parts.end()) {
        if (!is_id(module->second)) refuse("has a ModuleId that no hub allows");
        result.identity.module = module->second;
    }
    auto key = base64_decode_secret(parts.at("SharedAccessKey"));
    if (!key) refuse("has a SharedAccessKey that is not base64");
    if (key->empty() || key->size() > longest_key)
        refuse("has a SharedAccessKey that is not of 1 to 64 bytes");
    result.key = std::move(*key);
    return result;
}

}  // namespace device_agent::identity
