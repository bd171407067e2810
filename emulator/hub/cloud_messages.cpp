// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/cloud_messages.hpp"

#include "emulator/hub/identity_store.hpp"
#include "emulator/hub/refusal.hpp"
#include "emulator/unique_id.hpp"

#include <array>

namespace emulator::hub {
namespace {

using nlohmann::json;
using store::Statement;
using store::Transaction;

constexpr std::int64_t most_feedback = 1000;

std::int64_t seconds(device_agent::WallTime time) {
    return time.time_since_epoch().count();
}
device_agent::WallTime wall_time(std::int64_t seconds) {
    return device_agent::WallTime(std::chrono::seconds(seconds));
}

constexpr std::array<std::pair<CloudMessages::Ack, std::string_view>, 4> ack_names{
    {{CloudMessages::Ack::none, "none"},
     {CloudMessages::Ack::positive, "positive"},
     {CloudMessages::Ack::negative, "negative"},
     {CloudMessages::Ack::full, "full"}}};

Statement& bind_id(Statement& statement, const IdentityId& id) {
    return statement.bind(id.hub).bind(id.device).bind(id.module);
}

}  // namespace

std::string_view to_text(CloudMessages::Ack ack) {
    for (const auto& [known, name] : ack_names) {
        if (known == ack) return name;
    }
    return "none";
}

std::optional<CloudMessages::Ack> parse_ack(std::string_view text) {
    for (const auto& [ack, name] : ack_names) {
        if (name == text) return ack;
    }
    return std::nullopt;
}

struct CloudMessages::Row {
    std::int64_t sequence;
    CloudMessages::Ack ack;
    MessageProperties system;
    std::int64_t deliveries;
};

void CloudMessages::send(Transaction& transaction, const IdentityId& to, const Message& message, Ack ack,
                         std::optional<device_agent::WallTime> expiry) {
    if (message.size() > largest) {
        throw Refusal(RefusalCode::message_too_large, "A cloud-to-device message has at most 64 KB");
    }
    const auto now = clock_.now();
    const auto ends = expiry.value_or(now + default_life);
    if (ends <= now || ends > now + longest_life) {
        throw Refusal(RefusalCode::argument_invalid, "A message expires within the next two days");
    }
    drop_expired(transaction, to);
    if (count(transaction, to) >= most_pending) {
        throw Refusal(RefusalCode::queue_depth_exceeded,
                      "50 messages wait for " + to.describe() + ", as many as may");
    }
    auto statement = transaction.prepare(
        "INSERT INTO cloud_messages (hub, device_id, module_id, body, system_properties, properties, ack,"
        " enqueued, expiry) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    bind_id(statement, to)
        .bind(device_agent::as_bytes(message.body))
        .bind(to_text(message.system))
        .bind(to_text(message.application))
        .bind(to_text(ack))
        .bind(seconds(now))
        .bind(seconds(ends))
        .run();
    transaction.after_commit([this, to] {
        if (const auto link = connected_.find(to)) link->message_waiting();
    });
}

std::optional<CloudMessage> CloudMessages::receive(Transaction& transaction, const IdentityId& id,
                                                   Borrower borrower) {
    drop_expired(transaction, id);
    CloudMessage message;
    {
        auto next = transaction.prepare(
            "SELECT sequence, body, system_properties, properties, enqueued, expiry, delivery_count"
            " FROM cloud_messages WHERE hub = ? AND device_id = ? AND module_id = ? AND locked_until <= ?"
            " ORDER BY sequence LIMIT 1");
        if (!bind_id(next, id).bind(seconds(clock_.now())).step()) return std::nullopt;
        message = {.content = {.body = next.text(1),
                               .system = parse_properties(next.text(2)),
                               .application = parse_properties(next.text(3))},
                   .sequence = next.number(0),
                   .lock_token = new_guid(),
                   .deliveries = next.number(6) + 1,
                   .enqueued = wall_time(next.number(4)),
                   .expiry = wall_time(next.number(5))};
    }
    transaction
        .prepare(
            "UPDATE cloud_messages SET lock_token = ?, locked_until = ?, delivery_count = ?,"
            " lent_to_connection = ? WHERE sequence = ?")
        .bind(message.lock_token)
        .bind(seconds(clock_.now() + lock_duration))
        .bind(message.deliveries)
        .bind(borrower == Borrower::connection ? 1 : 0)
        .bind(message.sequence)
        .run();
    return message;
}

void CloudMessages::settle(Transaction& transaction, const IdentityId& id, std::string_view lock_token,
                           Settlement settlement) {
    std::optional<Row> row;
    {
        auto statement = transaction.prepare(
            "SELECT sequence, ack, system_properties, delivery_count FROM cloud_messages"
            " WHERE hub = ? AND device_id = ? AND module_id = ? AND lock_token = ? AND locked_until > ?");
        if (bind_id(statement, id).bind(lock_token).bind(seconds(clock_.now())).step()) {
            row = {statement.number(0), parse_ack(statement.text(1)).value_or(Ack::none),
                   parse_properties(statement.text(2)), statement.number(3)};
        }
    }
    if (!row || lock_token.empty()) {
        throw Refusal(RefusalCode::message_lock_lost, "No message is locked by this token any more");
    }
    if (settlement == Settlement::complete) {
        finish(transaction, id, *row, "Success");
    } else if (settlement == Settlement::reject) {
        finish(transaction, id, *row, "Rejected");
    } else if (row->deliveries >= most_deliveries) {
        finish(transaction, id, *row, "DeliveryCountExceeded");
    } else {
        transaction.prepare("UPDATE cloud_messages SET lock_token = '', locked_until = 0 WHERE sequence = ?")
            .bind(row->sequence)
            .run();
        transaction.after_commit([this, id] {
            if (const auto link = connected_.find(id)) link->message_waiting();
        });
    }
}

void CloudMessages::take_back_from_connections(Transaction& transaction) {
    transaction
        .prepare(
            "UPDATE cloud_messages SET lock_token = '', locked_until = 0, lent_to_connection = 0"
            " WHERE lent_to_connection = 1")
        .run();
}

std::int64_t CloudMessages::count(Transaction& transaction, const IdentityId& id) const {
    auto statement = transaction.prepare(
        "SELECT count(*) FROM cloud_messages"
        " WHERE hub = ? AND device_id = ? AND module_id = ? AND expiry > ?");
    bind_id(statement, id).bind(seconds(clock_.now())).step();
    return statement.number(0);
}

std::int64_t CloudMessages::purge(Transaction& transaction, const IdentityId& id) {
    auto statement =
        transaction.prepare("DELETE FROM cloud_messages WHERE hub = ? AND device_id = ? AND module_id = ?");
    return bind_id(statement, id).run();
}

void CloudMessages::finish(Transaction& transaction, const IdentityId& id, const Row& row,
                           std::string_view outcome) {
    transaction.prepare("DELETE FROM cloud_messages WHERE sequence = ?").bind(row.sequence).run();
    const bool good = outcome == "Success";
    if (row.ack != Ack::full && row.ack != (good ? Ack::positive : Ack::negative)) return;
    const auto identity = find_identity(transaction, id).value();
    const json record{{"originalMessageId", find_property(row.system, "messageId").value_or("")},
                      {"enqueuedTimeUtc", device_agent::format_utc(clock_.now())},
                      {"statusCode", outcome},
                      {"description", outcome},
                      {"deviceId", id.device},
                      {"deviceGenerationId", identity.generation_id}};
    transaction.prepare("INSERT INTO message_feedback (hub, record) VALUES (?, ?)")
        .bind(id.hub)
        .bind(record.dump(-1, ' ', false, json::error_handler_t::replace))
        .run();
    transaction
        .prepare(
            "DELETE FROM message_feedback WHERE sequence <= (SELECT max(sequence) FROM message_feedback) - ?")
        .bind(most_feedback)
        .run();
}

void CloudMessages::drop_expired(Transaction& transaction, const IdentityId& id) {
    std::vector<Row> rows;
    {
        auto statement = transaction.prepare(
            "SELECT sequence, ack, system_properties, delivery_count FROM cloud_messages"
            " WHERE hub = ? AND device_id = ? AND module_id = ? AND expiry <= ?");
        bind_id(statement, id).bind(seconds(clock_.now()));
        while (statement.step()) {
            rows.push_back({statement.number(0), parse_ack(statement.text(1)).value_or(Ack::none),
                            parse_properties(statement.text(2)), statement.number(3)});
        }
    }
    for (const auto& row : rows)
        finish(transaction, id, row, "Expired");
}

CloudMessages::Feedback CloudMessages::feedback(Transaction& transaction, const std::string& hub) {
    Feedback feedback;
    auto statement =
        transaction.prepare("SELECT record, sequence FROM message_feedback WHERE hub = ? ORDER BY sequence");
    statement.bind(hub);
    while (statement.step()) {
        feedback.records.push_back(json::parse(statement.text(0)));
        feedback.last = statement.number(1);
    }
    return feedback;
}

void CloudMessages::forget_feedback(Transaction& transaction, const std::string& hub, std::int64_t last) {
    transaction.prepare("DELETE FROM message_feedback WHERE hub = ? AND sequence <= ?")
        .bind(hub)
        .bind(last)
        .run();
}

}  // namespace emulator::hub
