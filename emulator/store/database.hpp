// SPDX-License-Identifier: Apache-2.0
// The emulator's state: one SQLite database, used through transactions.
//
// Threading: a transaction holds the database for itself, so handlers on several threads take turns.
// Durability: what commit() returned from is on the disk (write-ahead log, synchronous FULL), whatever
// happens to the process then. Errors: Error{state}.
#pragma once

#include "foundation/bytes.hpp"
#include "foundation/secret.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
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

class Transaction;

class Database {
public:
    /// Opens or creates the file, readable by its owner alone, and brings its schema up to date. A file of a
    /// newer emulator is refused.
    [[nodiscard]] static std::unique_ptr<Database> open(const std::filesystem::path& file);
    /// One that is gone with the process.
    [[nodiscard]] static std::unique_ptr<Database> in_memory();

    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    /// Waits until no other transaction is open.
    [[nodiscard]] Transaction begin();

private:
    friend class Transaction;
    struct Close {
        void operator()(sqlite3* connection) const noexcept;
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };

    explicit Database(const std::string& name);
    void execute(const char* sql);
    [[nodiscard]] sqlite3_stmt* prepare(std::string_view sql);

    std::unique_ptr<sqlite3, Close> connection_;
    std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> prepared_;
    std::mutex mutex_;
};

/// Rolled back unless committed.
class Transaction {
public:
    explicit Transaction(Database& database);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    /// `sql` is one of the program's own texts: statements are kept by it, so one text cannot be on loan
    /// twice at a time (Error{internal}).
    [[nodiscard]] Statement prepare(std::string_view sql) { return Statement(database_.prepare(sql)); }

    /// Has `action` called by commit(), when everything is on the disk and before another transaction begins:
    /// what is told to others that way is true, and comes in the order of the changes. Actions must not begin
    /// a transaction and must not throw; none is called when the transaction is rolled back.
    void after_commit(std::function<void()> action) { after_commit_.push_back(std::move(action)); }
    void commit();

private:
    Database& database_;
    std::unique_lock<std::mutex> lock_;
    std::vector<std::function<void()>> after_commit_;
    bool open_ = true;
};

}  // namespace emulator::store
