// SPDX-License-Identifier: Apache-2.0
// The emulator's state: one SQLite database, used through transactions.
//
// Threading: a transaction holds the database for itself, so handlers on several threads take turns. Those
// that join() a group give the turn on when they are done, and hear later that the group is on the disk.
// Durability: what commit() returned from is on the disk (write-ahead log, synchronous FULL), whatever
// happens to the machine then; telemetry, which comes often, outlives the process and may lose its end with
// the machine (synchronous NORMAL). Errors: Error{state}.
#pragma once

#include "emulator/store/schema.hpp"
#include "foundation/bytes.hpp"
#include "foundation/secret.hpp"

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace emulator::store {

/// A prepared statement on loan: bind in order, step through the rows. Reset when it goes out of scope.
class Statement {
public:
    explicit Statement(sqlite3_stmt* prepared) : prepared_(prepared) {}
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    Statement& bind(std::string_view text);
    Statement& bind(std::int64_t number);
    Statement& bind(device_agent::ByteView bytes);
    /// NULL for nothing.
    Statement& bind_optional(const std::optional<std::string>& text);

    /// Moves to the next row; false behind the last one.
    bool step();
    /// For statements without rows; the number of rows changed.
    int run();

    // Columns of the current row, counted from 0.
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::optional<std::string> optional_text(int column) const;
    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] device_agent::Bytes bytes(int column) const;
    [[nodiscard]] device_agent::SecretBytes secret(int column) const;

private:
    void check(int result) const;
    [[nodiscard]] device_agent::ByteView blob(int column) const;

    sqlite3_stmt* prepared_;
    int bound_ = 0;
};

class Group;
class Transaction;

/// Calls what it is given once, from any thread: when all is on the disk, or with false when nothing of it is
/// kept.
using Outcome = std::function<void(std::function<void(bool kept)>)>;

class Database {
public:
    /// While joined transactions come one after the other, the disk is written to no more often than this.
    static constexpr std::chrono::milliseconds default_gathering{10};

    /// Opens or creates the file, readable by its owner alone, and brings its schema up to date. A file of a
    /// newer emulator is refused.
    [[nodiscard]] static std::unique_ptr<Database> open(
        const std::filesystem::path& file, Content content = Content::state,
        std::chrono::milliseconds gathering = default_gathering);
    /// One that is gone with the process.
    [[nodiscard]] static std::unique_ptr<Database> in_memory(Content content = Content::state);

    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    /// Waits until no other transaction is open, and sees only what is on the disk.
    [[nodiscard]] Transaction begin();
    /// One of a group, for what comes from many clients at a time: it sees what those before it in the group
    /// have changed, and what leave() tells it of is kept of all of them, or of none.
    [[nodiscard]] Transaction join();

private:
    friend class Transaction;
    using Clock = std::chrono::steady_clock;

    struct Close {
        void operator()(sqlite3* connection) const noexcept;
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };

    Database(const std::string& name, Content content, std::chrono::milliseconds gathering);
    void execute(std::string_view sql);
    [[nodiscard]] sqlite3_stmt* prepare(std::string_view sql);
    [[nodiscard]] bool has_changes() const;
    void roll_back() noexcept;
    bool end_group() noexcept;
    [[nodiscard]] bool keep_group_open();
    void end_groups(const std::stop_token& stop);

    std::unique_ptr<sqlite3, Close> connection_;
    std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> prepared_;
    const std::chrono::milliseconds gathering_;
    std::mutex mutex_;              // whose turn it is; guards the connection, the statements and the group
    std::shared_ptr<Group> group_;  // that others may join; null when there is none
    Clock::time_point last_group_{};
    std::condition_variable_any group_changed_;
    std::jthread committer_;  // ends the groups; none where nothing is waited for
};

/// Rolled back unless committed.
class Transaction {
public:
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    /// `sql` is one of the program's own texts: statements are kept by it, so one text cannot be on loan
    /// twice at a time (Error{internal}).
    [[nodiscard]] Statement prepare(std::string_view sql) { return Statement(database_.prepare(sql)); }

    /// Has `action` called when everything is on the disk and before another transaction begins (in a group:
    /// one that is not of the group): what is told to others that way is true, and comes in the order of the
    /// changes. Actions must not begin a transaction and must not throw; none is called when the transaction
    /// is rolled back.
    void after_commit(std::function<void()> action) { after_commit_.push_back(std::move(action)); }
    /// Returns when everything is on the disk. For those that began alone.
    void commit();
    /// The same for those that joined a group, but does not wait: what they have done, or only read, may be
    /// told when the outcome is known. Nothing when it is known already, and good.
    [[nodiscard]] Outcome leave();

private:
    friend class Database;
    Transaction(Database& database, bool joins);

    Database& database_;
    std::unique_lock<std::mutex> turn_;
    std::shared_ptr<Group> group_;  // null: alone
    std::vector<std::function<void()>> after_commit_;
    bool open_ = true;
};

}  // namespace emulator::store
