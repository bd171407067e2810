// SPDX-License-Identifier: Apache-2.0
#include "emulator/faults/spoiled_answer.hpp"

#include "emulator/dps/refusal.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/unique_id.hpp"

#include <array>

namespace emulator::faults {
namespace {

using http::Response;
using record::Service;

struct Reason {
    int status;
    const char* name;
};

// How the hub names what has this status.
const char* hub_error_name(int status) {
    constexpr std::array reasons{
        Reason{400, "ArgumentInvalid"},
        Reason{401, "IotHubUnauthorizedAccess"},
        Reason{403, "IotHubSuspended"},
        Reason{404, "DeviceNotFound"},
        Reason{409, "Conflict"},
        Reason{412, "PreconditionFailed"},
        Reason{429, "ThrottlingException"},
        Reason{503, "ServiceUnavailable"},
    };
    for (const auto& reason : reasons) {
        if (reason.status == status) return reason.name;
    }
    return status < 500 ? "InvalidProtocolVersion" : "ServerError";
}

Response hub_error(int status) {
    const std::string name = hub_error_name(status);
    auto response = http::json_response(
        status, nlohmann::ordered_json{{"Message", "ErrorCode:" + name + ";A fault is set for this request"},
                                       {"ExceptionMessage", "Tracking ID:" + new_guid()}});
    response.headers.add("iothub-errorcode", name);
    return response;
}

Response dps_error(int status, device_agent::WallTime now) {
    const int code = status * 1000 + 1;
    auto response =
        http::json_response(status, nlohmann::ordered_json{{"errorCode", code},
                                                           {"trackingId", new_guid()},
                                                           {"message", "A fault is set for this request"},
                                                           {"timestampUtc", dps::format_time(now)}});
    response.headers.add("x-ms-error-code", std::to_string(code));
    return response;
}

Response error(const Fault& fault, int status, device_agent::WallTime now) {
    auto response = fault.service == Service::hub ? hub_error(status) : dps_error(status, now);
    if (fault.retry_after) response.headers.add("Retry-After", std::to_string(fault.retry_after->count()));
    return response;
}

// The RegistrationOperationStatus of an operation that found no hub for the device.
Response allocation_failed(const Fault& fault, const http::Request& request, device_agent::WallTime now) {
    const auto& path = request.target.segments;
    const bool is_poll = request.method == "GET";
    const std::string operation = is_poll && !path.empty() ? path.back() : "5." + new_guid();
    const bool no_access = fault.error_code == 400209;
    return http::json_response(
        is_poll ? 200 : 202,
        nlohmann::json{
            {"operationId", operation},
            {"status", "failed"},
            {"registrationState",
             {{"registrationId", path.size() > 2 ? path[2] : ""},
              {"status", "failed"},
              {"errorCode", fault.error_code},
              {"errorMessage", no_access ? "The linked hub refuses access" : "No hub could be allocated"},
              {"lastUpdatedDateTimeUtc", dps::format_time(now)}}}});
}

}  // namespace

std::optional<Response> refusal_by(const Fault& fault, const http::Request& request,
                                   device_agent::WallTime now) {
    switch (fault.kind) {
        case Kind::throttled:
            return error(fault, 429, now);
        case Kind::error:
            return error(fault, fault.status, now);
        case Kind::allocation_failed:
            return allocation_failed(fault, request, now);
        default:
            return std::nullopt;
    }
}

Response spoiled_answer(const Fault& fault, const http::Request& request,
                        const std::function<Response()>& carry_out, device_agent::WallTime now,
                        const std::stop_token& cleared) {
    if (auto refusal = refusal_by(fault, request, now)) return std::move(*refusal);
    using Ending = http::Delivery::Ending;
    const auto delivered = [&](Ending ending, std::chrono::milliseconds pause) {
        return http::amend(carry_out(), [ending, pause, cleared](Response& made) {
            made.delivery = http::Delivery{ending, pause, cleared};
        });
    };
    const auto with_body = [&](std::string body) {
        return http::amend(carry_out(), [body = std::move(body)](Response& made) {
            made.body = body;
            made.status = 200;
        });
    };
    switch (fault.kind) {
        case Kind::slow:
            return delivered(Ending::whole, fault.delay);
        case Kind::stalled:
            return delivered(Ending::stall_halfway, fault.delay);
        case Kind::cut:
            return delivered(Ending::cut_halfway, {});
        case Kind::garbage:
            return with_body(garbage());
        default:
            return with_body(huge(fault.size));
    }
}

}  // namespace emulator::faults
