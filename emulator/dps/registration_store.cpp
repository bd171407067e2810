// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/registration_store.hpp"

#include "emulator/dps/refusal.hpp"

namespace emulator::dps {
namespace {

std::int64_t seconds(device_agent::WallTime time) {
    return time.time_since_epoch().count();
}
device_agent::WallTime wall_time(std::int64_t seconds) {
    return device_agent::WallTime(std::chrono::seconds(seconds));
}

}  // namespace

std::optional<Registration> find_registration(store::Transaction& transaction, const std::string& id) {
    auto row = transaction.prepare(
        "SELECT registration_id, operation_id, ready, signing_key, endorsement_key, authentication_key, hub, "
        "device_id,"
        " substatus, etag, created, updated FROM registrations WHERE registration_id = ?");
    if (!row.bind(id).step()) return std::nullopt;
    return Registration{
        .registration_id = row.text(0),
        .operation_id = row.text(1),
        .ready = wall_time(row.number(2)),
        .signing_key = row.secret(3),
        .endorsement_key = row.bytes(4),
        .authentication_key = row.text(5),
        .hub = row.text(6),
        .device_id = row.text(7),
        .substatus = row.text(8),
        .etag = row.text(9),
        .created = wall_time(row.number(10)),
        .updated = wall_time(row.number(11)),
    };
}

void save_registration(store::Transaction& transaction, const Registration& registration) {
    transaction
        .prepare(
            "INSERT OR REPLACE INTO registrations (registration_id, operation_id, ready, signing_key, "
            "endorsement_key,"
            " authentication_key, hub, device_id, substatus, etag, created, updated)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(registration.registration_id)
        .bind(registration.operation_id)
        .bind(seconds(registration.ready))
        .bind(device_agent::ByteView(registration.signing_key))
        .bind(device_agent::ByteView(registration.endorsement_key))
        .bind(registration.authentication_key)
        .bind(registration.hub)
        .bind(registration.device_id)
        .bind(registration.substatus)
        .bind(registration.etag)
        .bind(seconds(registration.created))
        .bind(seconds(registration.updated))
        .run();
}

nlohmann::json to_json(const Registration& registration) {
    return {{"registrationId", registration.registration_id},
            {"createdDateTimeUtc", format_time(registration.created)},
            {"assignedHub", registration.hub},
            {"deviceId", registration.device_id},
            {"status", "assigned"},
            {"substatus", registration.substatus},
            {"lastUpdatedDateTimeUtc", format_time(registration.updated)},
            {"etag", registration.etag}};
}

}  // namespace emulator::dps
