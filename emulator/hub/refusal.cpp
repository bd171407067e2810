// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/refusal.hpp"

#include "emulator/http/json_body.hpp"
#include "emulator/unique_id.hpp"

#include <array>

namespace emulator::hub {
const RefusalForm& form_of(RefusalCode code) {
    // Indexed by RefusalCode, in its order.
    static constexpr std::array<RefusalForm, 20> table{{
        {400, 400004, "ArgumentInvalid"},
        {401, 401002, "IotHubUnauthorizedAccess"},
        {404, 404000, "IotHubNotFound"},
        {404, 404001, "DeviceNotFound"},
        {404, 404010, "ModuleNotFound"},
        {404, 404020, "ConfigurationNotFound"},
        {404, 404000, "NotFound"},
        {405, 405000, "MethodNotAllowed"},
        {409, 409001, "DeviceAlreadyExists"},
        {409, 409301, "ModuleAlreadyExistsOnDevice"},
        {409, 409020, "ConfigurationAlreadyExists"},
        {412, 412001, "PreconditionFailed"},
        {412, 412002, "DeviceMessageLockLost"},
        {413, 413001, "MessageTooLarge"},
        {413, 413003, "TooManyModulesOnDevice"},
        {403, 403004, "DeviceMaximumQueueDepthExceeded"},
        {403, 403002, "IotHubQuotaExceeded"},
        {404, 404103, "DeviceNotOnline"},
        {500, 500001, "ServerError"},
        {504, 504101, "GatewayTimeout"},
    }};
    return table.at(static_cast<std::size_t>(code));
}

Refusal::Refusal(RefusalCode code, const std::string& message, const std::string& reason)
    : std::runtime_error(message), code_(code), reason_(reason.empty() ? message : reason) {}

Refusal unauthorized(const std::string& reason) {
    return {RefusalCode::unauthorized, "Unauthorized", reason};
}

nlohmann::json error_json(const Refusal& refusal) {
    return {{"errorCode", form_of(refusal.code()).number},
            {"message", refusal.what()},
            {"trackingId", new_guid()}};
}

http::Response refuse(const Refusal& refusal) {
    const auto& form = form_of(refusal.code());
    auto response = http::json_response(
        form.status,
        nlohmann::ordered_json{{"Message", std::string("ErrorCode:") + form.name + ";" + refusal.what()},
                               {"ExceptionMessage", "Tracking ID:" + new_guid()}});
    response.headers.add("iothub-errorcode", form.name);
    response.refusal = refusal.reason();
    return response;
}

}  // namespace emulator::hub
