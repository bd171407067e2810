// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/enrollment_store.hpp"

#include "emulator/dps/custom_answer.hpp"
#include "emulator/dps/registration_store.hpp"
#include "emulator/unique_id.hpp"

namespace emulator::dps {
namespace {

using store::Statement;
using store::Transaction;

// The two kinds lie in tables of one form.
struct Queries {
    const char* find;
    const char* list;
    const char* save;
    const char* erase;
};

constexpr Queries individual_queries{
    "SELECT registration_id, document, etag, created, updated FROM enrollments WHERE registration_id = ?",
    "SELECT registration_id, document, etag, created, updated FROM enrollments WHERE registration_id > ?"
    " ORDER BY registration_id LIMIT ?",
    "INSERT INTO enrollments (registration_id, document, etag, created, updated) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (registration_id) DO UPDATE"
    " SET document = excluded.document, etag = excluded.etag, updated = excluded.updated",
    "DELETE FROM enrollments WHERE registration_id = ?"};

constexpr Queries group_queries{
    "SELECT group_id, document, etag, created, updated FROM enrollment_groups WHERE group_id = ?",
    "SELECT group_id, document, etag, created, updated FROM enrollment_groups WHERE group_id > ?"
    " ORDER BY group_id LIMIT ?",
    "INSERT INTO enrollment_groups (group_id, document, etag, created, updated) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (group_id) DO UPDATE"
    " SET document = excluded.document, etag = excluded.etag, updated = excluded.updated",
    "DELETE FROM enrollment_groups WHERE group_id = ?"};

const Queries& queries_of(EnrollmentKind kind) {
    return kind == EnrollmentKind::individual ? individual_queries : group_queries;
}

device_agent::WallTime wall_time(std::int64_t seconds) {
    return device_agent::WallTime(std::chrono::seconds(seconds));
}

// Whether a hub is still linked is decided when a device is assigned: here the document's own are taken.
std::vector<std::string> hubs_in(const nlohmann::json& document) {
    std::vector<std::string> hubs;
    if (document.contains("iotHubHostName")) hubs.push_back(document["iotHubHostName"]);
    if (document.contains("iotHubs")) {
        for (const auto& hub : document["iotHubs"])
            hubs.push_back(hub);
    }
    return hubs;
}

Enrollment read_enrollment(const Statement& row, EnrollmentKind kind) {
    const auto document = nlohmann::json::parse(row.text(1));
    auto enrollment = parse_enrollment(document, kind, row.text(0), hubs_in(document), nullptr);
    enrollment.etag = row.text(2);
    enrollment.created = wall_time(row.number(3));
    enrollment.updated = wall_time(row.number(4));
    return enrollment;
}

std::string document_of(const Enrollment& enrollment) {
    auto document = to_json(enrollment);
    document["attestation"] = to_json_with_secrets(enrollment.mechanism);
    return document.dump();
}

}  // namespace

std::optional<Enrollment> find_enrollment(Transaction& transaction, EnrollmentKind kind,
                                          const std::string& id) {
    auto statement = transaction.prepare(queries_of(kind).find);
    if (!statement.bind(id).step()) return std::nullopt;
    return read_enrollment(statement, kind);
}

std::vector<Enrollment> list_enrollments(Transaction& transaction, EnrollmentKind kind,
                                         const std::string& after, std::int64_t most) {
    auto statement = transaction.prepare(queries_of(kind).list);
    statement.bind(after).bind(most);
    std::vector<Enrollment> enrollments;
    while (statement.step())
        enrollments.push_back(read_enrollment(statement, kind));
    return enrollments;
}

Enrollment save_enrollment(Transaction& transaction, Enrollment enrollment, device_agent::WallTime now) {
    const auto present = find_enrollment(transaction, enrollment.kind, enrollment.id);
    if (present) enrollment.id = present->id;
    enrollment.etag = new_etag();
    enrollment.created = present ? present->created : now;
    enrollment.updated = now;
    transaction.prepare(queries_of(enrollment.kind).save)
        .bind(enrollment.id)
        .bind(document_of(enrollment))
        .bind(enrollment.etag)
        .bind(enrollment.created.time_since_epoch().count())
        .bind(enrollment.updated.time_since_epoch().count())
        .run();
    return enrollment;
}

bool erase_enrollment(Transaction& transaction, EnrollmentKind kind, const std::string& id) {
    erase_registrations_of(transaction, kind, id);
    erase_custom_answer(transaction, kind, id);
    return transaction.prepare(queries_of(kind).erase).bind(id).run() > 0;
}

}  // namespace emulator::dps
