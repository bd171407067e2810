// SPDX-License-Identifier: Apache-2.0
// What devices and modules do over HTTPS: send telemetry, fetch and settle cloud-to-device messages.
#include "emulator/http/json_body.hpp"
#include "emulator/hub/message_headers.hpp"
#include "emulator/hub/refusal.hpp"
#include "emulator/hub/routes.hpp"

namespace emulator::hub {
namespace {

using http::Call;
using http::Response;

// Who calls is the identity of the path, or may act as any device.
IdentityId require_identity(Call& call, Services& services) {
    auto id = identity_of(call);
    auto transaction = services.database.begin();
    services.authorization.require_device_or_policy(call, transaction, id, Right::device_connect);
    return id;
}

Response send(Call& call, Services& services) {
    const auto id = require_identity(call, services);
    if (!is_batch(call.request)) {
        services.device_services.send(id, read_message(call.request));
        return {.status = 204};
    }
    for (const auto& message : read_batch(http::parse_json(call.request.body)))
        services.device_services.send(id, message);
    return {.status = 204};
}

Response receive(Call& call, Services& services) {
    const auto message =
        services.device_services.receive(require_identity(call, services), Borrower::request);
    if (!message) return {.status = 204};
    return message_response(*message);
}

Response settle(Call& call, Services& services, Settlement settlement) {
    services.device_services.settle(require_identity(call, services), call.parameter("lockToken"),
                                    settlement);
    return {.status = 204};
}

Response refuse_upload(Call& call, Services& services) {
    (void)require_identity(call, services);
    throw Refusal(RefusalCode::operation_not_found,
                  "File upload needs a storage account, which the emulator does not have");
}

}  // namespace

void add_device_message_routes(http::Router& router, Services& services) {
    for (const std::string of : {"/devices/{deviceId}", "/devices/{deviceId}/modules/{moduleId}"}) {
        router.add("POST", of + "/messages/events", [&](Call& call) { return send(call, services); });
        router.add("GET", of + "/messages/devicebound", [&](Call& call) { return receive(call, services); });
        router.add("DELETE", of + "/messages/devicebound/{lockToken}", [&](Call& call) {
            const bool rejects = call.request.target.parameter("reject").has_value();
            return settle(call, services, rejects ? Settlement::reject : Settlement::complete);
        });
        router.add("POST", of + "/messages/devicebound/{lockToken}/abandon",
                   [&](Call& call) { return settle(call, services, Settlement::abandon); });
    }
    router.add("POST", "/devices/{deviceId}/files",
               [&](Call& call) { return refuse_upload(call, services); });
    router.add("POST", "/devices/{deviceId}/files/notifications",
               [&](Call& call) { return refuse_upload(call, services); });
}

}  // namespace emulator::hub
