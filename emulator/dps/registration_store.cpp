// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/registration_store.hpp"

#include "emulator/dps/refusal.hpp"

namespace emulator::dps {
namespace {

using store::Statement;
using store::Transaction;

std::int64_t seconds(device_agent::WallTime time) {
    return time.time_since_epoch().count();
}
device_agent::WallTime wall_time(std::int64_t seconds) {
    return device_agent::WallTime(std::chrono::seconds(seconds));
}

Registration read_registration(const Statement& row) {
    Registration registration{
        .registration_id = row.text(0),
        .group_id = row.text(1),
        .operation_id = row.text(2),
        .ready = wall_time(row.number(3)),
        .signing_key = row.secret(4),
        .endorsement_key = row.bytes(5),
        .authentication_key = row.text(6),
        .hub = row.text(7),
        .device_id = row.text(8),
        .substatus = row.text(9),
        .evidence = nlohmann::json::parse(row.text(12)),
        .payload = nlohmann::json::parse(row.text(13)),
        .etag = row.text(14),
        .created = wall_time(row.number(15)),
        .updated = wall_time(row.number(16)),
    };
    const auto failure = static_cast<int>(row.number(10));
    if (failure != 0) registration.failure = {failure, row.text(11)};
    return registration;
}

}  // namespace

std::optional<Registration> find_registration(Transaction& transaction, const std::string& id) {
    auto row = transaction.prepare(
        "SELECT registration_id, group_id, operation_id, ready, signing_key, endorsement_key, "
        "authentication_key, hub, device_id, substatus, error_code, error_message, evidence, payload, etag, "
        "created, updated FROM registrations WHERE registration_id = ?");
    if (!row.bind(id).step()) return std::nullopt;
    return read_registration(row);
}

std::vector<Registration> list_registrations(Transaction& transaction, const std::string& group_id,
                                             const std::string& after, std::int64_t most) {
    auto row = transaction.prepare(
        "SELECT registration_id, group_id, operation_id, ready, signing_key, endorsement_key, "
        "authentication_key, hub, device_id, substatus, error_code, error_message, evidence, payload, etag, "
        "created, updated FROM registrations WHERE group_id = ? AND registration_id > ?"
        " ORDER BY registration_id LIMIT ?");
    row.bind(group_id).bind(after).bind(most);
    std::vector<Registration> registrations;
    while (row.step())
        registrations.push_back(read_registration(row));
    return registrations;
}

void save_registration(Transaction& transaction, const Registration& registration) {
    transaction
        .prepare(
            "INSERT OR REPLACE INTO registrations (registration_id, group_id, operation_id, ready, "
            "signing_key, endorsement_key, authentication_key, hub, device_id, substatus, error_code, "
            "error_message, evidence, payload, etag, created, updated)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(registration.registration_id)
        .bind(registration.group_id)
        .bind(registration.operation_id)
        .bind(seconds(registration.ready))
        .bind(device_agent::ByteView(registration.signing_key))
        .bind(device_agent::ByteView(registration.endorsement_key))
        .bind(registration.authentication_key)
        .bind(registration.hub)
        .bind(registration.device_id)
        .bind(registration.substatus)
        .bind(registration.failure ? std::int64_t{registration.failure->code} : std::int64_t{0})
        .bind(registration.failure ? registration.failure->message : std::string())
        .bind(registration.evidence.dump())
        .bind(registration.payload.dump())
        .bind(registration.etag)
        .bind(seconds(registration.created))
        .bind(seconds(registration.updated))
        .run();
}

bool erase_registration(Transaction& transaction, const std::string& id) {
    return transaction.prepare("DELETE FROM registrations WHERE registration_id = ?").bind(id).run() > 0;
}

void erase_registrations_of(Transaction& transaction, EnrollmentKind kind, const std::string& id) {
    const auto* sql = kind == EnrollmentKind::individual
                          ? "DELETE FROM registrations WHERE registration_id = ? AND group_id = ''"
                          : "DELETE FROM registrations WHERE group_id = ?";
    transaction.prepare(sql).bind(id).run();
}

nlohmann::json to_json(const Registration& registration) {
    nlohmann::json json{{"registrationId", registration.registration_id},
                        {"createdDateTimeUtc", format_time(registration.created)},
                        {"status", registration.failure ? "failed" : "assigned"},
                        {"lastUpdatedDateTimeUtc", format_time(registration.updated)},
                        {"etag", registration.etag}};
    json.update(registration.evidence);
    if (registration.failure) {
        json["errorCode"] = registration.failure->code;
        json["errorMessage"] = registration.failure->message;
        return json;
    }
    json["assignedHub"] = registration.hub;
    json["deviceId"] = registration.device_id;
    json["substatus"] = registration.substatus;
    if (!registration.payload.is_null()) json["payload"] = registration.payload;
    return json;
}

}  // namespace emulator::dps
