// SPDX-License-Identifier: Apache-2.0
#include "emulator/control/api.hpp"

#include "emulator/control/guard.hpp"
#include "emulator/control/refusal.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/page/page.hpp"

namespace emulator::control {
namespace {

http::Response refuse(int status, const std::string& message) {
    auto response = http::json_response(status, nlohmann::json{{"message", message}});
    response.refusal = message;
    return response;
}

}  // namespace

Api::Api(const Services& services, std::set<std::string> host_names)
    : services_(services), host_names_(std::move(host_names)) {
    add_status_routes(router_, services_);
    add_record_routes(router_, services_);
    add_event_routes(router_, services_);
    add_enrollment_routes(router_, services_);
    add_certificate_routes(router_, services_);
    add_telemetry_routes(router_, services_);
    add_hub_routes(router_, services_);
    add_fault_routes(router_, services_);
    add_state_fault_routes(router_, services_);
    add_twin_routes(router_, services_);
}

http::Response Api::dispatch(http::Call& call) const {
    check_host(call.request, host_names_);
    if (auto page = page::answer(call.request)) return std::move(*page);
    check_caller(call.request, services_.instance.control_token);
    call.authorized_as = "control token";
    auto match = router_.match(call.request);
    if (match.handler != nullptr) {
        call.parameters = std::move(match.parameters);
        return (*match.handler)(call);
    }
    if (match.allowed_methods.empty()) throw Refusal(404, "the control API has no such path");
    auto response = refuse(405, "this path has other methods: " + match.allowed_methods);
    response.headers.add("Allow", match.allowed_methods);
    return response;
}

http::Response Api::handle(const http::Request& request) const {
    http::Call call{request};
    http::Response response;
    try {
        response = dispatch(call);
    } catch (const Refusal& refusal) {
        response = refuse(refusal.status(), refusal.what());
    } catch (const FormatError& error) {
        response = refuse(400, error.what());
    }
    response.authorized_as = call.authorized_as;
    response.headers.add("Cache-Control", "no-store");
    return response;
}

}  // namespace emulator::control
