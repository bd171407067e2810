// SPDX-License-Identifier: Apache-2.0
#include "emulator/store/schema.hpp"

#include "emulator/store/database.hpp"
#include "foundation/error.hpp"

#include <array>
#include <initializer_list>
#include <span>
#include <string>

namespace emulator::store {
namespace {

// An identity is a device (module_id is empty) or a module of one; its twin lies in the same row, so that it
// is created and deleted with it.
constexpr auto identities_table = R"sql(
CREATE TABLE identities (
    hub TEXT NOT NULL,
    device_id TEXT NOT NULL,
    module_id TEXT NOT NULL,
    generation_id TEXT NOT NULL,
    etag TEXT NOT NULL,
    status TEXT NOT NULL,
    status_reason TEXT,
    status_updated INTEGER NOT NULL,
    managed_by TEXT,
    authentication_type TEXT NOT NULL,
    primary_key TEXT,
    secondary_key TEXT,
    primary_thumbprint TEXT,
    secondary_thumbprint TEXT,
    twin_etag TEXT NOT NULL,
    twin_version INTEGER NOT NULL,
    tags TEXT NOT NULL,
    desired TEXT NOT NULL,
    desired_version INTEGER NOT NULL,
    desired_updated INTEGER NOT NULL,
    reported TEXT NOT NULL,
    reported_version INTEGER NOT NULL,
    reported_updated INTEGER NOT NULL,
    PRIMARY KEY (hub, device_id, module_id)
) WITHOUT ROWID)sql";

// The document is the enrollment as the service API shows it, without its etag and times.
constexpr auto enrollments_table = R"sql(
CREATE TABLE enrollments (
    registration_id TEXT PRIMARY KEY COLLATE NOCASE,
    document TEXT NOT NULL,
    etag TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) WITHOUT ROWID)sql";

// The last registration of each id: its operation, what proves the client while it polls, and the assignment.
constexpr auto registrations_table = R"sql(
CREATE TABLE registrations (
    registration_id TEXT PRIMARY KEY COLLATE NOCASE REFERENCES enrollments ON DELETE CASCADE,
    operation_id TEXT NOT NULL,
    ready INTEGER NOT NULL,
    signing_key BLOB NOT NULL,
    endorsement_key BLOB NOT NULL,
    authentication_key TEXT NOT NULL,
    hub TEXT NOT NULL,
    device_id TEXT NOT NULL,
    substatus TEXT NOT NULL,
    etag TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) WITHOUT ROWID)sql";

constexpr auto settings_table = R"sql(
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID)sql";

// ---- the hub's messages, property metadata and configurations

// Trees as the twin shows them; an empty one stands for a tree that was never changed since it was made.
constexpr auto add_desired_metadata =
    "ALTER TABLE identities ADD COLUMN desired_metadata TEXT NOT NULL DEFAULT '{}'";
constexpr auto add_reported_metadata =
    "ALTER TABLE identities ADD COLUMN reported_metadata TEXT NOT NULL DEFAULT '{}'";

// Cloud-to-device messages that wait. A message on loan to its device has a lock token; when the lock's time
// is over it waits again.
constexpr auto cloud_messages_table = R"sql(
CREATE TABLE cloud_messages (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    hub TEXT NOT NULL,
    device_id TEXT NOT NULL,
    module_id TEXT NOT NULL,
    body BLOB NOT NULL,
    system_properties TEXT NOT NULL,
    properties TEXT NOT NULL,
    ack TEXT NOT NULL,
    enqueued INTEGER NOT NULL,
    expiry INTEGER NOT NULL,
    delivery_count INTEGER NOT NULL DEFAULT 0,
    lock_token TEXT NOT NULL DEFAULT '',
    locked_until INTEGER NOT NULL DEFAULT 0,
    FOREIGN KEY (hub, device_id, module_id) REFERENCES identities ON DELETE CASCADE
))sql";
constexpr auto cloud_messages_index =
    "CREATE INDEX cloud_messages_of ON cloud_messages (hub, device_id, module_id, sequence)";

// What became of messages whose sender wants to know.
constexpr auto message_feedback_table = R"sql(
CREATE TABLE message_feedback (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    hub TEXT NOT NULL,
    record TEXT NOT NULL
))sql";

// The document is the configuration as the service API shows it, without etag, times and metrics' results.
constexpr auto configurations_table = R"sql(
CREATE TABLE configurations (
    hub TEXT NOT NULL,
    configuration_id TEXT NOT NULL,
    document TEXT NOT NULL,
    etag TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (hub, configuration_id)
) WITHOUT ROWID)sql";

// Which configurations a twin matches, whether their content (some of it) is in the twin, and which of its
// paths they set.
constexpr auto configuration_targets_table = R"sql(
CREATE TABLE configuration_targets (
    hub TEXT NOT NULL,
    device_id TEXT NOT NULL,
    module_id TEXT NOT NULL,
    configuration_id TEXT NOT NULL,
    applied INTEGER NOT NULL,
    paths TEXT NOT NULL,
    PRIMARY KEY (hub, device_id, module_id, configuration_id),
    FOREIGN KEY (hub, device_id, module_id) REFERENCES identities ON DELETE CASCADE
) WITHOUT ROWID)sql";
constexpr auto configuration_targets_index =
    "CREATE INDEX configuration_targets_of ON configuration_targets (hub, configuration_id)";

constexpr std::initializer_list<const char*> hub_step{
    add_desired_metadata,   add_reported_metadata, cloud_messages_table,        cloud_messages_index,
    message_feedback_table, configurations_table,  configuration_targets_table, configuration_targets_index};

// ---- DPS's groups, registrations of their devices, and authorities

// As the table of individual enrollments.
constexpr auto enrollment_groups_table = R"sql(
CREATE TABLE enrollment_groups (
    group_id TEXT PRIMARY KEY COLLATE NOCASE,
    document TEXT NOT NULL,
    etag TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) WITHOUT ROWID)sql";

// A registration that a group vouched for has no row among the individual enrollments.
constexpr auto registrations_of_groups_table = R"sql(
CREATE TABLE registrations (
    registration_id TEXT PRIMARY KEY COLLATE NOCASE,
    group_id TEXT NOT NULL COLLATE NOCASE,
    operation_id TEXT NOT NULL,
    ready INTEGER NOT NULL,
    signing_key BLOB NOT NULL,
    endorsement_key BLOB NOT NULL,
    authentication_key TEXT NOT NULL,
    hub TEXT NOT NULL,
    device_id TEXT NOT NULL,
    substatus TEXT NOT NULL,
    error_code INTEGER NOT NULL,
    error_message TEXT NOT NULL,
    evidence TEXT NOT NULL,
    payload TEXT NOT NULL,
    etag TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) WITHOUT ROWID)sql";

constexpr auto copy_registrations = R"sql(
INSERT INTO registrations
SELECT registration_id, '', operation_id, ready, signing_key, endorsement_key, authentication_key, hub, device_id,
       substatus, 0, '', '{}', 'null', etag, created, updated
FROM registrations_of_enrollments)sql";

// Of DPS: those that sign devices' certificates. Not verified until somebody has proven to have the key.
constexpr auto authorities_table = R"sql(
CREATE TABLE authorities (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    certificate BLOB NOT NULL,
    verified INTEGER NOT NULL,
    verification_code TEXT NOT NULL,
    etag TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) WITHOUT ROWID)sql";

// What an enrollment's webhook would answer, and what it was last asked.
constexpr auto custom_answers_table = R"sql(
CREATE TABLE custom_answers (
    enrollment_kind TEXT NOT NULL,
    enrollment_id TEXT NOT NULL COLLATE NOCASE,
    answer TEXT NOT NULL,
    last_request TEXT NOT NULL,
    PRIMARY KEY (enrollment_kind, enrollment_id)
) WITHOUT ROWID)sql";

constexpr std::initializer_list<const char*> groups_and_authorities{
    enrollment_groups_table,
    "ALTER TABLE registrations RENAME TO registrations_of_enrollments",
    registrations_of_groups_table,
    copy_registrations,
    "DROP TABLE registrations_of_enrollments",
    "CREATE INDEX registrations_by_group ON registrations (group_id, registration_id)",
    authorities_table,
    custom_answers_table};

// ---- what outlives an MQTT connection

constexpr auto mqtt_sessions_table = R"sql(
CREATE TABLE mqtt_sessions (
    hub TEXT NOT NULL,
    device_id TEXT NOT NULL,
    module_id TEXT NOT NULL,
    subscriptions TEXT NOT NULL,
    unacknowledged TEXT NOT NULL,
    PRIMARY KEY (hub, device_id, module_id),
    FOREIGN KEY (hub, device_id, module_id) REFERENCES identities ON DELETE CASCADE
) WITHOUT ROWID)sql";

// Whether a message is on loan to a connection, or to who asked for it by a request.
constexpr auto add_lent_to_connection =
    "ALTER TABLE cloud_messages ADD COLUMN lent_to_connection INTEGER NOT NULL DEFAULT 0";

// Step n brings version n to version n + 1. Steps are never changed, only added.
constexpr std::array<std::initializer_list<const char*>, 4> steps{
    {{identities_table, enrollments_table, registrations_table, settings_table},
     hub_step,
     groups_and_authorities,
     {mqtt_sessions_table, add_lent_to_connection}}};

constexpr auto telemetry_table = R"sql(
CREATE TABLE telemetry (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    hub TEXT NOT NULL,
    device_id TEXT NOT NULL,
    module_id TEXT NOT NULL,
    enqueued INTEGER NOT NULL,
    size INTEGER NOT NULL,
    body BLOB NOT NULL,
    system_properties TEXT NOT NULL,
    properties TEXT NOT NULL
))sql";

// The same for the log of telemetry.
constexpr std::array<std::initializer_list<const char*>, 1> telemetry_steps{{{telemetry_table}}};

using Steps = std::span<const std::initializer_list<const char*>>;

}  // namespace

void migrate(Transaction& transaction, Content content) {
    const Steps known = content == Content::state ? Steps(steps) : Steps(telemetry_steps);
    std::int64_t version = 0;
    {
        auto statement = transaction.prepare("PRAGMA user_version");
        statement.step();
        version = statement.number(0);
    }
    if (version > static_cast<std::int64_t>(known.size())) {
        throw device_agent::Error(device_agent::ErrorCode::state,
                                  "the emulator's database has schema version " + std::to_string(version) +
                                      ", and this program knows " + std::to_string(known.size()) +
                                      ": use a newer iot-emulator or another --data directory");
    }
    for (; version < static_cast<std::int64_t>(known.size()); ++version) {
        for (const auto* table : known[static_cast<std::size_t>(version)])
            transaction.prepare(table).run();
    }
    // A pragma takes no parameters; the number is ours.
    transaction.prepare("PRAGMA user_version = " + std::to_string(version)).run();
}

}  // namespace emulator::store
