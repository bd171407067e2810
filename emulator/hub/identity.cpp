// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/identity.hpp"

#include "emulator/ascii.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "foundation/encoding.hpp"

#include <algorithm>

namespace emulator::hub {
namespace {

device_agent::SecretText parse_key(const nlohmann::json& keys, const char* name) {
    const auto text = http::text_member(keys, name);
    if (!text || text->empty()) return {};
    const auto key = device_agent::base64_decode_secret(*text);
    if (!key || key->size() < 16 || key->size() > 64) {
        throw FormatError(std::string(name) + " is not base64 of 16 to 64 bytes");
    }
    return device_agent::SecretText(*text);
}

AuthenticationType parse_type(const std::string& text) {
    if (equal_ignoring_case(text, "sas")) return AuthenticationType::sas;
    // One client's older word for thumbprints is "x509".
    if (equal_ignoring_case(text, "selfSigned") || equal_ignoring_case(text, "x509")) {
        return AuthenticationType::self_signed;
    }
    if (equal_ignoring_case(text, "certificateAuthority")) return AuthenticationType::certificate_authority;
    if (equal_ignoring_case(text, "none")) return AuthenticationType::none;
    throw FormatError("authentication.type is none of sas, selfSigned, certificateAuthority, none");
}

Authentication parse_authentication(const nlohmann::json& object) {
    Authentication authentication;
    authentication.type = parse_type(http::text_member(object, "type").value_or("sas"));
    if (const auto* keys = http::object_member(object, "symmetricKey")) {
        authentication.primary_key = parse_key(*keys, "primaryKey");
        authentication.secondary_key = parse_key(*keys, "secondaryKey");
    }
    if (const auto* thumbprints = http::object_member(object, "x509Thumbprint")) {
        authentication.primary_thumbprint = http::text_member(*thumbprints, "primaryThumbprint");
        authentication.secondary_thumbprint = http::text_member(*thumbprints, "secondaryThumbprint");
    }
    return authentication;
}

bool parse_status(const std::string& text) {
    if (equal_ignoring_case(text, "enabled")) return true;
    if (equal_ignoring_case(text, "disabled")) return false;
    throw FormatError("status is neither enabled nor disabled");
}

nlohmann::json key_json(const device_agent::SecretText& key) {
    return key.empty() ? nlohmann::json() : nlohmann::json(key.view());
}

nlohmann::json text_json(const std::optional<std::string>& text) {
    return text ? nlohmann::json(*text) : nlohmann::json();
}

void require_id(const nlohmann::json& body, const char* name, const std::string& wanted) {
    const auto id = http::text_member(body, name);
    if (id && *id != wanted) throw FormatError(std::string(name) + " in the body is not the one in the path");
}

}  // namespace

std::string IdentityId::resource() const {
    std::string text = hub + "/devices/" + device;
    if (is_module()) text += "/modules/" + module;
    return text;
}

std::string IdentityId::describe() const {
    return is_module() ? "module " + device + "/" + module : "device " + device;
}

bool is_valid_id(std::string_view id) {
    constexpr std::string_view allowed = "-.+%_#*?!(),=@$':";
    return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [&](char c) {
        return is_alphanumeric(c) || allowed.find(c) != std::string_view::npos;
    });
}

std::string_view to_text(AuthenticationType type) {
    switch (type) {
        case AuthenticationType::sas:
            return "sas";
        case AuthenticationType::self_signed:
            return "selfSigned";
        case AuthenticationType::certificate_authority:
            return "certificateAuthority";
        case AuthenticationType::none:
            break;
    }
    return "none";
}

std::string format_time(const std::optional<device_agent::WallTime>& time) {
    return time ? device_agent::format_utc(*time) : "0001-01-01T00:00:00";
}

nlohmann::json to_json(const Identity& identity, const LiveState& live) {
    const auto& authentication = identity.authentication;
    nlohmann::json json{{"deviceId", identity.id.device},
                        {"generationId", identity.generation_id},
                        {"etag", identity.etag},
                        {"connectionState", live.connected ? "Connected" : "Disconnected"},
                        {"connectionStateUpdatedTime", format_time(live.connection_changed)},
                        {"lastActivityTime", format_time(live.last_activity)},
                        {"cloudToDeviceMessageCount", live.pending_messages},
                        {"authentication",
                         {{"type", to_text(authentication.type)},
                          {"symmetricKey",
                           {{"primaryKey", key_json(authentication.primary_key)},
                            {"secondaryKey", key_json(authentication.secondary_key)}}},
                          {"x509Thumbprint",
                           {{"primaryThumbprint", text_json(authentication.primary_thumbprint)},
                            {"secondaryThumbprint", text_json(authentication.secondary_thumbprint)}}}}}};
    if (identity.id.is_module()) {
        json["moduleId"] = identity.id.module;
        json["managedBy"] = text_json(identity.managed_by);
    } else {
        json["status"] = identity.enabled ? "enabled" : "disabled";
        json["statusReason"] = text_json(identity.status_reason);
        json["statusUpdatedTime"] = device_agent::format_utc(identity.status_updated);
        json["capabilities"] = {{"iotEdge", false}};
    }
    return json;
}

IdentityChange parse_identity_change(const nlohmann::json& body, const IdentityId& id) {
    if (!body.is_object()) throw FormatError("the body is not a JSON object");
    require_id(body, "deviceId", id.device);
    IdentityChange change;
    if (id.is_module()) {
        require_id(body, "moduleId", id.module);
        change.managed_by = http::text_member(body, "managedBy");
    } else {
        if (const auto status = http::text_member(body, "status")) change.enabled = parse_status(*status);
        change.status_reason = http::text_member(body, "statusReason");
    }
    if (const auto* authentication = http::object_member(body, "authentication")) {
        change.authentication = parse_authentication(*authentication);
    }
    return change;
}

}  // namespace emulator::hub
