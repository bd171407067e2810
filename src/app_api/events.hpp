// SPDX-License-Identifier: Apache-2.0
// What an application is told about its identity.
#pragma once

#include "app_api/message.hpp"
#include "app_api/render.hpp"

#include <optional>
#include <string>

namespace device_agent::app_api {

/// The event that leads from what the application knows to what is; nothing when it knows already. One line,
/// with its end.
[[nodiscard]] std::optional<std::string> render_event(const std::string& application,
                                                      const std::optional<ServedIdentity>& known,
                                                      const std::optional<ServedIdentity>& now,
                                                      Format format);

}  // namespace device_agent::app_api
