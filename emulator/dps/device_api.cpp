// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/device_api.hpp"

#include "emulator/dps/refusal.hpp"
#include "emulator/http/json_body.hpp"

namespace emulator::dps {
namespace {

using http::Call;
using http::Response;

Caller caller_of(const Call& call) {
    const auto& request = call.request;
    return {.id_scope = call.parameter("idScope"),
            .registration_id = call.parameter("registrationId"),
            .api_version = std::string(request.target.parameter("api-version").value_or("")),
            .token = std::string(request.headers.find("Authorization").value_or("")),
            .certificates = request.client_certificates};
}

const std::string& json_body(const Call& call) {
    if (!http::is_json(call.request)) {
        throw Refusal(RefusalCode::unsupported_media_type, "The content type is not application/json");
    }
    return call.request.body;
}

}  // namespace

DeviceApi::DeviceApi(RegistrationService& service, const device_agent::Clock& clock) : clock_(clock) {
    router_.add("PUT", "/{idScope}/registrations/{registrationId}/register",
                [&service](Call& call) { return service.register_device(caller_of(call), json_body(call)); });
    router_.add("GET", "/{idScope}/registrations/{registrationId}/operations/{operationId}",
                [&service](Call& call) {
                    return service.operation_status(caller_of(call), call.parameter("operationId"));
                });
    router_.add("POST", "/{idScope}/registrations/{registrationId}", [&service](Call& call) {
        return service.registration_status(caller_of(call), json_body(call));
    });
}

Response DeviceApi::handle(const http::Request& request) {
    Call call{request};
    try {
        return dispatch(call);
    } catch (const Refusal& refusal) {
        return refuse(refusal, clock_.now());
    }
}

Response DeviceApi::dispatch(Call& call) {
    auto match = router_.match(call.request);
    if (match.handler == nullptr) {
        if (match.allowed_methods.empty())
            throw Refusal(RefusalCode::not_found, "The emulator does not serve this path");
        auto response =
            refuse(Refusal(RefusalCode::method_not_allowed, "This path has other methods"), clock_.now());
        response.headers.add("Allow", match.allowed_methods);
        return response;
    }
    call.parameters = std::move(match.parameters);
    return (*match.handler)(call);
}

}  // namespace emulator::dps
