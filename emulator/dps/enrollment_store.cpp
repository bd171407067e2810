// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/enrollment_store.hpp"

#include "emulator/unique_id.hpp"

namespace emulator::dps {
namespace {

using store::Statement;
using store::Transaction;

device_agent::WallTime wall_time(std::int64_t seconds) {
    return device_agent::WallTime(std::chrono::seconds(seconds));
}

Enrollment read_enrollment(const Statement& row) {
    // Whether a hub is still linked is decided when a device is assigned: here the document's own is taken.
    const auto document = nlohmann::json::parse(row.text(1));
    std::vector<std::string> linked_hubs;
    if (document.contains("iotHubHostName")) linked_hubs.push_back(document["iotHubHostName"]);
    auto enrollment = parse_enrollment(document, row.text(0), linked_hubs);
    enrollment.etag = row.text(2);
    enrollment.created = wall_time(row.number(3));
    enrollment.updated = wall_time(row.number(4));
    return enrollment;
}

}  // namespace

std::optional<Enrollment> find_enrollment(Transaction& transaction, const std::string& id) {
    auto statement = transaction.prepare(
        "SELECT registration_id, document, etag, created, updated FROM enrollments WHERE registration_id = "
        "?");
    if (!statement.bind(id).step()) return std::nullopt;
    return read_enrollment(statement);
}

std::vector<Enrollment> list_enrollments(Transaction& transaction, const std::string& after,
                                         std::int64_t most) {
    auto statement = transaction.prepare(
        "SELECT registration_id, document, etag, created, updated FROM enrollments WHERE registration_id > ?"
        " ORDER BY registration_id LIMIT ?");
    statement.bind(after).bind(most);
    std::vector<Enrollment> enrollments;
    while (statement.step())
        enrollments.push_back(read_enrollment(statement));
    return enrollments;
}

Enrollment save_enrollment(Transaction& transaction, Enrollment enrollment, device_agent::WallTime now) {
    const auto present = find_enrollment(transaction, enrollment.registration_id);
    if (present) enrollment.registration_id = present->registration_id;
    enrollment.etag = new_etag();
    enrollment.created = present ? present->created : now;
    enrollment.updated = now;
    transaction
        .prepare(
            "INSERT INTO enrollments (registration_id, document, etag, created, updated) VALUES (?, ?, ?, ?, "
            "?)"
            " ON CONFLICT (registration_id) DO UPDATE"
            " SET document = excluded.document, etag = excluded.etag, updated = excluded.updated")
        .bind(enrollment.registration_id)
        .bind(to_json(enrollment).dump())
        .bind(enrollment.etag)
        .bind(enrollment.created.time_since_epoch().count())
        .bind(enrollment.updated.time_since_epoch().count())
        .run();
    return enrollment;
}

bool erase_enrollment(Transaction& transaction, const std::string& id) {
    return transaction.prepare("DELETE FROM enrollments WHERE registration_id = ?").bind(id).run() > 0;
}

}  // namespace emulator::dps
