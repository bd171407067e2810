// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace device_agent::identity {

/// Who somebody is in a hub: a device, or one of its modules.
struct Identity {
    std::string hub;  ///< host name
    std::string device;
    std::optional<std::string> module;

    /// "hub/device[/module]": what a slot keeps, as `limpet` and the old agent write it.
    [[nodiscard]] std::string text() const;
    /// Nothing when the text has not two or three parts, or a part that could not be a name in a hub.
    [[nodiscard]] static std::optional<Identity> parse(std::string_view text);

    /// "hub/devices/d[/modules/m]": what a SAS token is signed over, before percent-encoding.
    [[nodiscard]] std::string sas_resource() const;

    /// The same device, or the device of this module.
    [[nodiscard]] Identity device_identity() const { return {hub, device, std::nullopt}; }
    [[nodiscard]] Identity module_identity(const std::string& id) const { return {hub, device, id}; }

    friend bool operator==(const Identity&, const Identity&) = default;
};

}  // namespace device_agent::identity
