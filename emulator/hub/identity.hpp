// SPDX-License-Identifier: Apache-2.0
// What a hub knows of a device or a module.
#pragma once

#include "foundation/clock.hpp"
#include "foundation/secret.hpp"

#include <nlohmann/json.hpp>

#include <compare>
#include <optional>
#include <string>

namespace emulator::hub {

/// The name of an identity. `module` is empty for the device itself.
struct IdentityId {
    std::string hub;
    std::string device;
    std::string module{};

    [[nodiscard]] bool is_module() const noexcept { return !module.empty(); }
    [[nodiscard]] IdentityId of_device() const { return {hub, device, {}}; }
    /// A device comes right before its modules.
    auto operator<=>(const IdentityId&) const = default;
    /// As a SAS token names it: "hub/devices/d[/modules/m]".
    [[nodiscard]] std::string resource() const;
    /// For the record: "device d", "module d/m".
    [[nodiscard]] std::string describe() const;
};

enum class AuthenticationType { sas, self_signed, certificate_authority, none };

struct Authentication {
    AuthenticationType type = AuthenticationType::sas;
    device_agent::SecretText primary_key{};    ///< base64, only with sas
    device_agent::SecretText secondary_key{};  ///< base64, only with sas
    std::optional<std::string> primary_thumbprint{};
    std::optional<std::string> secondary_thumbprint{};
};

struct Identity {
    IdentityId id;
    std::string generation_id;
    std::string etag;
    bool enabled = true;  ///< a module is always enabled itself; its device may not be
    std::optional<std::string> status_reason{};
    device_agent::WallTime status_updated{};
    std::optional<std::string> managed_by{};
    Authentication authentication{};
};

/// A device id or a module id: 1 to 128 of the ASCII characters that IoT Hub allows.
[[nodiscard]] bool is_valid_id(std::string_view id);

[[nodiscard]] std::string_view to_text(AuthenticationType type);

/// What is true of an identity at the moment, and is not part of what the registry keeps.
struct LiveState {
    bool connected = false;
    std::optional<device_agent::WallTime> connection_changed{};
    std::optional<device_agent::WallTime> last_activity{};
    std::int64_t pending_messages = 0;  ///< cloud-to-device
};

/// How IoT Hub writes a time that may not be set.
[[nodiscard]] std::string format_time(const std::optional<device_agent::WallTime>& time);

/// As the registry shows them, keys included.
[[nodiscard]] nlohmann::json to_json(const Identity& identity, const LiveState& live);

/// What a client may set. Members that are absent stay as they are (update) or get their defaults (creation).
struct IdentityChange {
    std::optional<bool> enabled{};
    std::optional<std::string> status_reason{};
    std::optional<std::string> managed_by{};
    std::optional<Authentication> authentication{};
};

/// Reads the body of a PUT. The ids in it must be those of the path. Throws FormatError.
[[nodiscard]] IdentityChange parse_identity_change(const nlohmann::json& body, const IdentityId& id);

}  // namespace emulator::hub
