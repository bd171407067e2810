// SPDX-License-Identifier: Apache-2.0
// Messages as HTTP carries them: the body as it is, properties as headers.
#pragma once

#include "emulator/http/message.hpp"
#include "emulator/hub/message.hpp"

#include <nlohmann/json.hpp>

namespace emulator::hub {

/// Headers "iothub-messageid", …, and "iothub-app-NAME" for those of the application. Throws FormatError for
/// what could not be sent on as a header.
[[nodiscard]] Message read_message(const http::Request& request);

/// A body of the type application/vnd.microsoft.iothub.json: an array of {"body": text, "base64Encoded":
/// bool, "properties": {…}}. Throws FormatError.
[[nodiscard]] bool is_batch(const http::Request& request);
[[nodiscard]] std::vector<Message> read_batch(const nlohmann::json& body);

/// 200 with the message on loan, its lock token as ETag.
[[nodiscard]] http::Response message_response(const CloudMessage& message);

/// "2030-01-31T12:00:00[.123][Z]" in UTC. Throws FormatError.
[[nodiscard]] device_agent::WallTime parse_expiry(const std::string& text);

}  // namespace emulator::hub
