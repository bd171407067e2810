// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/telemetry_log.hpp"

namespace emulator::hub {
namespace {

bool matches(const TelemetryLog::Filter& filter, const IdentityId& id) {
    return filter.hub.value_or(id.hub) == id.hub && filter.device.value_or(id.device) == id.device &&
           filter.module.value_or(id.module) == id.module;
}

}  // namespace

TelemetryLog::TelemetryLog(store::Database& database, const device_agent::Clock& clock)
    : database_(database), clock_(clock) {
    auto transaction = database_.begin();
    auto statement = transaction.prepare("SELECT count(*), coalesce(sum(size), 0) FROM telemetry");
    statement.step();
    kept_ = {.entries = statement.number(0), .bytes = statement.number(1)};
}

void TelemetryLog::append(const IdentityId& from, const Message& message) {
    const auto size = static_cast<std::int64_t>(message.size());
    auto transaction = database_.begin();
    transaction
        .prepare(
            "INSERT INTO telemetry (hub, device_id, module_id, enqueued, size, body, system_properties,"
            " properties) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(from.hub)
        .bind(from.device)
        .bind(from.module)
        .bind(clock_.now().time_since_epoch().count())
        .bind(size)
        .bind(device_agent::as_bytes(message.body))
        .bind(to_text(message.system))
        .bind(to_text(message.application))
        .run();
    Extent extent{.entries = kept_.entries + 1, .bytes = kept_.bytes + size};
    make_room(transaction, extent);
    transaction.commit();
    kept_ = extent;
}

void TelemetryLog::make_room(store::Transaction& transaction, Extent& extent) {
    while (extent.entries > most_entries || extent.bytes > most_bytes) {
        std::int64_t oldest = 0;
        {
            auto statement =
                transaction.prepare("SELECT sequence, size FROM telemetry ORDER BY sequence LIMIT 1");
            statement.step();
            oldest = statement.number(0);
            extent.bytes -= statement.number(1);
        }
        transaction.prepare("DELETE FROM telemetry WHERE sequence = ?").bind(oldest).run();
        extent.entries -= 1;
    }
}

std::vector<TelemetryEntry> TelemetryLog::read(const Filter& filter) const {
    std::vector<TelemetryEntry> found;
    auto transaction = database_.begin();
    auto statement = transaction.prepare(
        "SELECT sequence, hub, device_id, module_id, enqueued, body, system_properties, properties"
        " FROM telemetry WHERE sequence > ? ORDER BY sequence");
    statement.bind(filter.after);
    while (found.size() < filter.most && statement.step()) {
        IdentityId from{statement.text(1), statement.text(2), statement.text(3)};
        if (!matches(filter, from)) continue;
        found.push_back({.sequence = statement.number(0),
                         .from = std::move(from),
                         .enqueued = device_agent::WallTime(std::chrono::seconds(statement.number(4))),
                         .message = {.body = statement.text(5),
                                     .system = parse_properties(statement.text(6)),
                                     .application = parse_properties(statement.text(7))}});
    }
    return found;
}

void TelemetryLog::clear() {
    auto transaction = database_.begin();
    transaction.prepare("DELETE FROM telemetry").run();
    transaction.commit();
    kept_ = {};
}

}  // namespace emulator::hub
