// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace device_agent::app {

/// The text as a QR code for a terminal: dark on light by block characters and ANSI colours, so that it scans
/// on dark and on light backgrounds, with the quiet zone of four modules that scanners want. Throws
/// Error{internal} when the text is too long for one.
[[nodiscard]] std::string qr_code(const std::string& text);

}  // namespace device_agent::app
