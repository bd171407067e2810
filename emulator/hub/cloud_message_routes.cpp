// SPDX-License-Identifier: Apache-2.0
// What back ends do with cloud-to-device messages. Azure takes them by AMQP; POST …/messages/devicebound is
// the emulator's own way in.
#include "emulator/format_error.hpp"
#include "emulator/http/etag.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/message_headers.hpp"
#include "emulator/hub/routes.hpp"
#include "emulator/unique_id.hpp"

#include <charconv>

namespace emulator::hub {
namespace {

using http::Call;
using http::Response;

CloudMessages::Ack ack_of(const Message& message) {
    const auto text = find_property(message.system, "ack");
    if (!text) return CloudMessages::Ack::none;
    if (const auto ack = parse_ack(*text)) return *ack;
    throw FormatError("iothub-ack is none of none, positive, negative, full");
}

Response send(Call& call, Services& services) {
    services.authorization.require_policy(call, call.request.host, Right::service_connect);
    auto message = read_message(call.request);
    const auto ack = ack_of(message);
    std::optional<device_agent::WallTime> expiry;
    if (const auto text = find_property(message.system, "expiryTimeUtc")) expiry = parse_expiry(*text);
    if (!find_property(message.system, "messageId")) message.system.emplace_back("messageId", new_guid());
    auto transaction = services.database.begin();
    const auto to = Registry::get(transaction, identity_of(call)).id;
    services.cloud_messages.send(transaction, to, message, ack, expiry);
    transaction.commit();
    return {.status = 204};
}

Response purge(Call& call, Services& services) {
    services.authorization.require_policy(call, call.request.host, Right::service_connect);
    auto transaction = services.database.begin();
    const auto id = Registry::get(transaction, identity_of(call)).id;
    const auto purged = CloudMessages::purge(transaction, id);
    transaction.commit();
    return http::json_response(
        200,
        nlohmann::json{{"deviceId", id.device}, {"moduleId", id.module}, {"totalMessagesPurged", purged}});
}

Response feedback(Call& call, Services& services) {
    services.authorization.require_policy(call, call.request.host, Right::service_connect);
    auto transaction = services.database.begin();
    const auto batch = CloudMessages::feedback(transaction, call.request.host);
    if (batch.records.empty()) return {.status = 204};
    auto response = http::json_response(200, batch.records);
    response.headers.add("ETag", http::quoted(std::to_string(batch.last)));
    return response;
}

Response complete_feedback(Call& call, Services& services) {
    services.authorization.require_policy(call, call.request.host, Right::service_connect);
    const auto& token = call.parameter("lockToken");
    std::int64_t last = 0;
    const auto [rest, error] = std::from_chars(token.data(), token.data() + token.size(), last);
    if (error != std::errc{} || rest != token.data() + token.size()) {
        throw FormatError("the lock token is not one that feedback came with");
    }
    auto transaction = services.database.begin();
    CloudMessages::forget_feedback(transaction, call.request.host, last);
    transaction.commit();
    return {.status = 204};
}

}  // namespace

void add_cloud_message_routes(http::Router& router, Services& services) {
    for (const std::string of : {"/devices/{deviceId}", "/devices/{deviceId}/modules/{moduleId}"}) {
        router.add("POST", of + "/messages/devicebound", [&](Call& call) { return send(call, services); });
    }
    router.add("DELETE", "/devices/{deviceId}/commands", [&](Call& call) { return purge(call, services); });
    router.add("GET", "/messages/servicebound/feedback",
               [&](Call& call) { return feedback(call, services); });
    router.add("DELETE", "/messages/servicebound/feedback/{lockToken}",
               [&](Call& call) { return complete_feedback(call, services); });
}

}  // namespace emulator::hub
