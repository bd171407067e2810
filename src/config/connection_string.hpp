// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace device_agent::config {

/// Why a text is no connection string of a device or module with a key or a token; empty when it is one. The
/// answer never quotes the text. (The form: Azure IoT Hub, "connection strings" of its device SDKs.)
[[nodiscard]] std::string find_connection_string_fault(std::string_view text);

}  // namespace device_agent::config
