// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/api.hpp"

#include "emulator/format_error.hpp"
#include "emulator/hub/refusal.hpp"

namespace emulator::hub {

Api::Api(Services& services, DirectMethods& methods, const HubPolicies& policies) : policies_(policies) {
    add_device_routes(router_, services);
    add_module_routes(router_, services);
    add_twin_routes(router_, services);
    add_bulk_routes(router_, services);
    add_query_routes(router_, services);
    add_configuration_routes(router_, services);
    add_cloud_message_routes(router_, services);
    add_device_message_routes(router_, services);
    add_method_routes(router_, services, methods);
}

http::Response Api::dispatch(http::Call& call) const {
    if (!policies_.contains(call.request.host)) {
        throw Refusal(RefusalCode::hub_not_found, "There is no hub " + call.request.host);
    }
    auto match = router_.match(call.request);
    if (match.handler != nullptr) {
        call.parameters = std::move(match.parameters);
        return (*match.handler)(call);
    }
    if (match.allowed_methods.empty()) {
        throw Refusal(RefusalCode::operation_not_found, "The emulator does not serve this path");
    }
    auto response = refuse(Refusal(RefusalCode::method_not_allowed, "This path has other methods"));
    response.headers.add("Allow", match.allowed_methods);
    return response;
}

http::Response Api::handle(const http::Request& request) const {
    http::Call call{request};
    http::Response response;
    try {
        response = dispatch(call);
    } catch (const Refusal& refusal) {
        response = refuse(refusal);
    } catch (const FormatError& error) {
        response = refuse(Refusal(RefusalCode::argument_invalid, error.what()));
    }
    response.authorized_as = call.authorized_as;
    return response;
}

}  // namespace emulator::hub
