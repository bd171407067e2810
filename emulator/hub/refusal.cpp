// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/refusal.hpp"

#include "emulator/http/json_body.hpp"
#include "emulator/unique_id.hpp"

#include <array>

namespace emulator::hub {
namespace {

struct Row {
    int status;
    const char* name;
};

const Row& row(RefusalCode code) {
    // Indexed by RefusalCode, in its order.
    static constexpr std::array<Row, 12> table{{
        {400, "ArgumentInvalid"},
        {401, "IotHubUnauthorizedAccess"},
        {404, "IotHubNotFound"},
        {404, "DeviceNotFound"},
        {404, "ModuleNotFound"},
        {404, "NotFound"},
        {405, "MethodNotAllowed"},
        {409, "DeviceAlreadyExists"},
        {409, "ModuleAlreadyExistsOnDevice"},
        {412, "PreconditionFailed"},
        {413, "TooManyModulesOnDevice"},
        {500, "ServerError"},
    }};
    return table.at(static_cast<std::size_t>(code));
}

}  // namespace

Refusal::Refusal(RefusalCode code, const std::string& message, const std::string& reason)
    : std::runtime_error(message), code_(code), reason_(reason.empty() ? message : reason) {}

Refusal unauthorized(const std::string& reason) {
    return {RefusalCode::unauthorized, "Unauthorized", reason};
}

http::Response refuse(const Refusal& refusal) {
    const auto& [status, name] = row(refusal.code());
    auto response = http::json_response(
        status, nlohmann::ordered_json{{"Message", std::string("ErrorCode:") + name + ";" + refusal.what()},
                                       {"ExceptionMessage", "Tracking ID:" + new_guid()}});
    response.headers.add("iothub-errorcode", name);
    response.refusal = refusal.reason();
    return response;
}

}  // namespace emulator::hub
