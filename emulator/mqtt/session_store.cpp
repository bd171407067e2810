// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/session_store.hpp"

#include <nlohmann/json.hpp>

namespace emulator::mqtt {
namespace {

using nlohmann::json;

store::Statement& bind_id(store::Statement& statement, const hub::IdentityId& id) {
    return statement.bind(id.hub).bind(id.device).bind(id.module);
}

json to_json(const Publish& message) {
    return {{"topic", message.topic}, {"payload", message.payload}, {"packetId", message.packet_id}};
}

Publish parse_message(const json& text) {
    return {.topic = text.at("topic"),
            .payload = text.at("payload"),
            .qos = Qos::at_least_once,
            .packet_id = text.at("packetId")};
}

}  // namespace

std::optional<KeptSession> find_session(store::Transaction& transaction, const hub::IdentityId& id) {
    auto statement = transaction.prepare(
        "SELECT subscriptions, unacknowledged FROM mqtt_sessions"
        " WHERE hub = ? AND device_id = ? AND module_id = ?");
    if (!bind_id(statement, id).step()) return std::nullopt;
    KeptSession session;
    const auto subscriptions = json::parse(statement.text(0));
    for (const auto& [filter, qos] : subscriptions.items())
        session.subscriptions.emplace(filter, qos.get<Qos>());
    for (const auto& message : json::parse(statement.text(1)))
        session.unacknowledged.push_back(parse_message(message));
    return session;
}

void save_session(store::Transaction& transaction, const hub::IdentityId& id, const KeptSession& session) {
    auto unacknowledged = json::array();
    for (const auto& message : session.unacknowledged)
        unacknowledged.push_back(to_json(message));
    auto statement = transaction.prepare(
        "INSERT OR REPLACE INTO mqtt_sessions (hub, device_id, module_id, subscriptions, unacknowledged)"
        " VALUES (?, ?, ?, ?, ?)");
    bind_id(statement, id).bind(json(session.subscriptions).dump()).bind(unacknowledged.dump()).run();
}

bool erase_session(store::Transaction& transaction, const hub::IdentityId& id) {
    auto statement =
        transaction.prepare("DELETE FROM mqtt_sessions WHERE hub = ? AND device_id = ? AND module_id = ?");
    return bind_id(statement, id).run() > 0;
}

}  // namespace emulator::mqtt
