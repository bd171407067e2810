// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/configuration_store.hpp"

namespace emulator::hub {
namespace {

using store::Statement;
using store::Transaction;

Statement& bind_id(Statement& statement, const IdentityId& id) {
    return statement.bind(id.hub).bind(id.device).bind(id.module);
}

device_agent::WallTime wall_time(std::int64_t seconds) {
    return device_agent::WallTime(std::chrono::seconds(seconds));
}

}  // namespace

std::vector<std::pair<std::string, Configuration>> load_configurations(Transaction& transaction) {
    std::vector<std::pair<std::string, Configuration>> all;
    auto statement = transaction.prepare(
        "SELECT hub, configuration_id, document, etag, created, updated, sequence FROM configurations");
    while (statement.step()) {
        auto configuration = parse_configuration(nlohmann::json::parse(statement.text(2)), statement.text(1));
        configuration.etag = statement.text(3);
        configuration.created = wall_time(statement.number(4));
        configuration.updated = wall_time(statement.number(5));
        configuration.sequence = statement.number(6);
        all.emplace_back(statement.text(0), std::move(configuration));
    }
    return all;
}

void save_configuration(Transaction& transaction, const std::string& hub,
                        const Configuration& configuration) {
    transaction
        .prepare(
            "INSERT OR REPLACE INTO configurations (hub, configuration_id, document, etag, created, updated,"
            " sequence) VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(hub)
        .bind(configuration.id)
        .bind(configuration.document.dump())
        .bind(configuration.etag)
        .bind(configuration.created.time_since_epoch().count())
        .bind(configuration.updated.time_since_epoch().count())
        .bind(configuration.sequence)
        .run();
}

void erase_configuration(Transaction& transaction, const std::string& hub, const std::string& id) {
    transaction.prepare("DELETE FROM configurations WHERE hub = ? AND configuration_id = ?")
        .bind(hub)
        .bind(id)
        .run();
}

std::int64_t next_configuration_sequence(Transaction& transaction) {
    auto statement = transaction.prepare("SELECT coalesce(max(sequence), 0) + 1 FROM configurations");
    statement.step();
    return statement.number(0);
}

std::vector<ConfigurationTarget> find_targets(Transaction& transaction, const IdentityId& id) {
    std::vector<ConfigurationTarget> targets;
    auto statement = transaction.prepare(
        "SELECT configuration_id, applied, paths FROM configuration_targets"
        " WHERE hub = ? AND device_id = ? AND module_id = ? ORDER BY configuration_id");
    bind_id(statement, id);
    while (statement.step()) {
        targets.push_back({statement.text(0), statement.number(1) != 0,
                           nlohmann::json::parse(statement.text(2)).get<std::vector<query::Path>>()});
    }
    return targets;
}

void save_targets(Transaction& transaction, const IdentityId& id,
                  const std::vector<ConfigurationTarget>& targets) {
    {
        auto statement = transaction.prepare(
            "DELETE FROM configuration_targets WHERE hub = ? AND device_id = ? AND module_id = ?");
        bind_id(statement, id).run();
    }
    for (const auto& target : targets) {
        auto statement = transaction.prepare(
            "INSERT INTO configuration_targets (hub, device_id, module_id, configuration_id, applied, paths)"
            " VALUES (?, ?, ?, ?, ?, ?)");
        bind_id(statement, id)
            .bind(target.configuration)
            .bind(target.applied ? 1 : 0)
            .bind(nlohmann::json(target.paths).dump())
            .run();
    }
}

TargetCounts count_targets(Transaction& transaction, const std::string& hub,
                           const std::string& configuration) {
    auto statement = transaction.prepare(
        "SELECT count(*), coalesce(sum(applied), 0) FROM configuration_targets"
        " WHERE hub = ? AND configuration_id = ?");
    statement.bind(hub).bind(configuration).step();
    return {.targeted = statement.number(0), .applied = statement.number(1)};
}

}  // namespace emulator::hub
