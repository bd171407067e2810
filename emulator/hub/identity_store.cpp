// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/identity_store.hpp"

namespace emulator::hub {
namespace {

using store::Statement;
using store::Transaction;

std::int64_t seconds(device_agent::WallTime time) {
    return time.time_since_epoch().count();
}
device_agent::WallTime wall_time(std::int64_t seconds) {
    return device_agent::WallTime(std::chrono::seconds(seconds));
}

AuthenticationType authentication_type(const std::string& text) {
    for (const auto type : {AuthenticationType::sas, AuthenticationType::self_signed,
                            AuthenticationType::certificate_authority}) {
        if (text == to_text(type)) return type;
    }
    return AuthenticationType::none;
}

// The columns in the order in which read_identity() takes them.
std::string select_identities(std::string_view condition) {
    return "SELECT hub, device_id, module_id, generation_id, etag, status, status_reason, status_updated, "
           "managed_by,"
           " authentication_type, primary_key, secondary_key, primary_thumbprint, secondary_thumbprint"
           " FROM identities WHERE " +
           std::string(condition);
}

Identity read_identity(const Statement& row) {
    return {
        .id = {row.text(0), row.text(1), row.text(2)},
        .generation_id = row.text(3),
        .etag = row.text(4),
        .enabled = row.text(5) == "enabled",
        .status_reason = row.optional_text(6),
        .status_updated = wall_time(row.number(7)),
        .managed_by = row.optional_text(8),
        .authentication =
            {
                .type = authentication_type(row.text(9)),
                .primary_key = device_agent::SecretText(row.text(10)),
                .secondary_key = device_agent::SecretText(row.text(11)),
                .primary_thumbprint = row.optional_text(12),
                .secondary_thumbprint = row.optional_text(13),
            },
    };
}

std::vector<Identity> read_all(Statement& statement) {
    std::vector<Identity> identities;
    while (statement.step())
        identities.push_back(read_identity(statement));
    return identities;
}

Statement& bind_id(Statement& statement, const IdentityId& id) {
    return statement.bind(id.hub).bind(id.device).bind(id.module);
}

// What insert and update have in common, in one order.
Statement& bind_changeable(Statement& statement, const Identity& identity) {
    const auto& authentication = identity.authentication;
    return statement.bind(identity.generation_id)
        .bind(identity.etag)
        .bind(identity.enabled ? "enabled" : "disabled")
        .bind_optional(identity.status_reason)
        .bind(seconds(identity.status_updated))
        .bind_optional(identity.managed_by)
        .bind(to_text(authentication.type))
        .bind(authentication.primary_key.view())
        .bind(authentication.secondary_key.view())
        .bind_optional(authentication.primary_thumbprint)
        .bind_optional(authentication.secondary_thumbprint);
}

Statement& bind_twin(Statement& statement, const Twin& twin) {
    return statement.bind(twin.etag)
        .bind(twin.version)
        .bind(twin.tags.dump())
        .bind(twin.desired.values.dump())
        .bind(twin.desired.version)
        .bind(seconds(twin.desired.updated))
        .bind(twin.desired.metadata.dump())
        .bind(twin.reported.values.dump())
        .bind(twin.reported.version)
        .bind(seconds(twin.reported.updated))
        .bind(twin.reported.metadata.dump());
}

Properties read_properties(const Statement& row, int column) {
    return {.values = nlohmann::json::parse(row.text(column)),
            .metadata = nlohmann::json::parse(row.text(column + 1)),
            .version = row.number(column + 2),
            .updated = wall_time(row.number(column + 3))};
}

// From the column of its etag on.
Twin read_twin(const Statement& row, int column) {
    return {.etag = row.text(column),
            .version = row.number(column + 1),
            .tags = nlohmann::json::parse(row.text(column + 2)),
            .desired = read_properties(row, column + 3),
            .reported = read_properties(row, column + 7)};
}

}  // namespace

std::optional<Identity> find_identity(Transaction& transaction, const IdentityId& id) {
    auto statement = transaction.prepare(select_identities("hub = ? AND device_id = ? AND module_id = ?"));
    if (!bind_id(statement, id).step()) return std::nullopt;
    return read_identity(statement);
}

std::vector<Identity> list_devices(Transaction& transaction, const std::string& hub, std::int64_t most) {
    auto statement =
        transaction.prepare(select_identities("hub = ? AND module_id = '' ORDER BY device_id LIMIT ?"));
    return read_all(statement.bind(hub).bind(most));
}

std::vector<Identity> list_modules(Transaction& transaction, const IdentityId& device) {
    auto statement = transaction.prepare(
        select_identities("hub = ? AND device_id = ? AND module_id <> '' ORDER BY module_id"));
    return read_all(statement.bind(device.hub).bind(device.device));
}

std::int64_t count_modules(Transaction& transaction, const IdentityId& device) {
    auto statement = transaction.prepare(
        "SELECT count(*) FROM identities WHERE hub = ? AND device_id = ? AND module_id <> ''");
    statement.bind(device.hub).bind(device.device).step();
    return statement.number(0);
}

void insert_identity(Transaction& transaction, const Identity& identity, const Twin& twin) {
    auto statement = transaction.prepare(
        "INSERT INTO identities (hub, device_id, module_id, generation_id, etag, status, status_reason,"
        " status_updated, managed_by, authentication_type, primary_key, secondary_key, primary_thumbprint,"
        " secondary_thumbprint, twin_etag, twin_version, tags, desired, desired_version, desired_updated,"
        " desired_metadata, reported, reported_version, reported_updated, reported_metadata)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    bind_twin(bind_changeable(bind_id(statement, identity.id), identity), twin).run();
}

void update_identity(Transaction& transaction, const Identity& identity) {
    auto statement = transaction.prepare(
        "UPDATE identities SET generation_id = ?, etag = ?, status = ?, status_reason = ?, status_updated = "
        "?,"
        " managed_by = ?, authentication_type = ?, primary_key = ?, secondary_key = ?, primary_thumbprint = "
        "?,"
        " secondary_thumbprint = ? WHERE hub = ? AND device_id = ? AND module_id = ?");
    bind_id(bind_changeable(statement, identity), identity.id).run();
}

void erase_identity(Transaction& transaction, const IdentityId& id) {
    if (id.is_module()) {
        auto statement =
            transaction.prepare("DELETE FROM identities WHERE hub = ? AND device_id = ? AND module_id = ?");
        bind_id(statement, id).run();
    } else {
        transaction.prepare("DELETE FROM identities WHERE hub = ? AND device_id = ?")
            .bind(id.hub)
            .bind(id.device)
            .run();
    }
}

std::optional<Twin> find_twin(Transaction& transaction, const IdentityId& id) {
    auto statement = transaction.prepare(
        "SELECT twin_etag, twin_version, tags, desired, desired_metadata, desired_version, desired_updated,"
        " reported, reported_metadata, reported_version, reported_updated"
        " FROM identities WHERE hub = ? AND device_id = ? AND module_id = ?");
    if (!bind_id(statement, id).step()) return std::nullopt;
    return read_twin(statement, 0);
}

void update_twin(Transaction& transaction, const IdentityId& id, const Twin& twin) {
    auto statement = transaction.prepare(
        "UPDATE identities SET twin_etag = ?, twin_version = ?, tags = ?, desired = ?, desired_version = ?,"
        " desired_updated = ?, desired_metadata = ?, reported = ?, reported_version = ?, reported_updated = "
        "?,"
        " reported_metadata = ? WHERE hub = ? AND device_id = ? AND module_id = ?");
    bind_id(bind_twin(statement, twin), id).run();
}

}  // namespace emulator::hub
