// SPDX-License-Identifier: Apache-2.0
// The web page over the control API, at /_emulator/. It holds no data and no secret: its script asks the
// control API with the token that its reader gives it.
#pragma once

#include "emulator/http/message.hpp"

#include <optional>
#include <string>

namespace emulator::page {

/// The page itself or one of its files; nothing when the request is for anything else. Needs no token.
[[nodiscard]] std::optional<http::Response> answer(const http::Request& request);

/// The link that opens the page with its token: behind '#', where no browser sends it.
[[nodiscard]] std::string link(const std::string& control_url, const std::string& control_token);

}  // namespace emulator::page
