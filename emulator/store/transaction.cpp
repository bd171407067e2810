// SPDX-License-Identifier: Apache-2.0
// Transactions, alone and in groups. A group is one transaction of SQLite, in which each member has a
// savepoint, so that one that is refused takes nothing from the others.
#include "emulator/store/database.hpp"
#include "emulator/store/group.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"

#include <sqlite3.h>

#include <iterator>
#include <utility>

namespace emulator::store {
namespace {

using device_agent::Error;
using device_agent::ErrorCode;

bool is_in_transaction(sqlite3* connection) {
    return sqlite3_get_autocommit(connection) == 0;
}

}  // namespace

// ---- Database

Transaction Database::begin() {
    return {*this, false};
}

Transaction Database::join() {
    return {*this, true};
}

bool Database::has_changes() const {
    return sqlite3_txn_state(connection_.get(), "main") == SQLITE_TXN_WRITE;
}

// After some failures (no room, say) SQLite has already done it.
void Database::roll_back() noexcept {
    if (!is_in_transaction(connection_.get())) return;
    if (sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr) != SQLITE_OK) {
        device_agent::log::error("cannot roll a transaction back",
                                 {{"reason", sqlite3_errmsg(connection_.get())}});
    }
}

// The caller has the turn, and there is a group.
bool Database::end_group() noexcept {
    const auto group = std::exchange(group_, nullptr);
    const bool had_changes = has_changes();
    bool kept = false;
    try {
        execute("COMMIT");  // fails too when SQLite gave all up at a member's failure
        kept = true;
    } catch (const std::exception& error) {
        device_agent::log::error("cannot keep what clients asked for", {{"reason", error.what()}});
        roll_back();
    }
    if (had_changes) last_group_ = Clock::now();
    if (kept) {
        for (const auto& action : group->after_commit)
            action();
    }
    group->end(kept);
    return kept;
}

// Somebody has left the group: whether it may wait for others.
bool Database::keep_group_open() {
    const bool wait = has_changes() && committer_.joinable();
    if (wait && !std::exchange(group_->is_due, true)) group_changed_.notify_one();
    return wait;
}

// A group that comes after a while of rest goes to the disk at once. While one comes after the other, others
// may join for as long as the gathering takes.
void Database::end_groups(const std::stop_token& stop) {
    std::unique_lock turn(mutex_);
    while (group_changed_.wait(turn, stop, [this] { return group_ && group_->is_due; })) {
        const auto group = group_;
        group_changed_.wait_until(turn, stop, last_group_ + gathering_, [&] { return group_ != group; });
        if (group_ == group) end_group();
    }
    if (group_) end_group();
}

// ---- Transaction

Transaction::Transaction(Database& database, bool joins) : database_(database), turn_(database.mutex_) {
    if (!joins) {
        if (database_.group_) database_.end_group();
        database_.execute("BEGIN IMMEDIATE");
        return;
    }
    if (!database_.group_) {
        group_ = std::make_shared<Group>();
        database_.execute("BEGIN");
        database_.group_ = group_;
    }
    group_ = database_.group_;
    database_.execute("SAVEPOINT member");
}

void Transaction::commit() {
    if (group_) throw Error(ErrorCode::internal, "a transaction that joined a group can only leave it");
    database_.execute("COMMIT");
    open_ = false;
    for (const auto& action : after_commit_)
        action();
    after_commit_.clear();
}

Outcome Transaction::leave() {
    if (!group_) {
        commit();
        return {};
    }
    database_.execute("RELEASE member");
    open_ = false;
    std::move(after_commit_.begin(), after_commit_.end(), std::back_inserter(group_->after_commit));
    if (database_.keep_group_open())
        return [group = group_](auto told) { group->when_ended(std::move(told)); };
    if (!database_.end_group())
        throw Error(ErrorCode::state, "the emulator's database did not keep the change");
    return {};
}

Transaction::~Transaction() {
    if (!open_) return;
    if (!group_) {
        database_.roll_back();
        return;
    }
    try {
        database_.execute("ROLLBACK TO member");
        database_.execute("RELEASE member");
    } catch (const Error&) {  // neither whole nor gone: nothing of the group is kept
        database_.roll_back();
    }
    if (!database_.keep_group_open()) database_.end_group();
}

}  // namespace emulator::store
