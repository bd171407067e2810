// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/refusal.hpp"

#include "emulator/http/json_body.hpp"
#include "emulator/unique_id.hpp"

namespace emulator::dps {

Refusal::Refusal(RefusalCode code, const std::string& message, const std::string& reason)
    : std::runtime_error(message), code_(code), reason_(reason.empty() ? message : reason) {}

Refusal unauthorized(const std::string& reason) {
    return {RefusalCode::unauthorized, "Unauthorized", reason};
}

http::Response refuse(const Refusal& refusal, device_agent::WallTime now) {
    const auto code = static_cast<int>(refusal.code());
    auto response =
        http::json_response(code / 1000, nlohmann::ordered_json{{"errorCode", code},
                                                                {"trackingId", new_guid()},
                                                                {"message", refusal.what()},
                                                                {"timestampUtc", format_time(now)}});
    response.headers.add("x-ms-error-code", std::to_string(code));
    response.refusal = refusal.reason();
    return response;
}

std::string format_time(device_agent::WallTime time) {
    auto text = device_agent::format_utc(time);
    text.insert(text.size() - 1, ".0000000");
    return text;
}

}  // namespace emulator::dps
