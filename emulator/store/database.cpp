// SPDX-License-Identifier: Apache-2.0
#include "emulator/store/database.hpp"

#include "foundation/error.hpp"

#include <sqlite3.h>

#include <fcntl.h>
#include <unistd.h>

namespace emulator::store {
namespace {

using device_agent::Error;
using device_agent::ErrorCode;

[[noreturn]] void fail(sqlite3* connection, const std::string& tried) {
    throw Error(ErrorCode::state,
                "cannot " + tried + " in the emulator's database: " + sqlite3_errmsg(connection));
}

// SQLite makes its files with the umask; the keys in this one are for the owner alone. Its -wal and -shm
// files take the mode of the database.
void create_private(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) throw Error(ErrorCode::state, "cannot create the database " + file.string());
    ::close(descriptor);
}

}  // namespace

// ---- Statement

Statement::~Statement() {
    sqlite3_reset(prepared_);
    sqlite3_clear_bindings(prepared_);
}

void Statement::check(int result) const {
    if (result != SQLITE_OK) fail(sqlite3_db_handle(prepared_), "bind a value");
}

Statement& Statement::bind(std::string_view text) {
    check(
        sqlite3_bind_text(prepared_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT));
    return *this;
}

Statement& Statement::bind(std::int64_t number) {
    check(sqlite3_bind_int64(prepared_, ++bound_, number));
    return *this;
}

Statement& Statement::bind(device_agent::ByteView bytes) {
    // An empty view may have no address, which SQLite would take for NULL.
    const auto* data = bytes.empty() ? "" : static_cast<const void*>(bytes.data());
    check(sqlite3_bind_blob(prepared_, ++bound_, data, static_cast<int>(bytes.size()), SQLITE_TRANSIENT));
    return *this;
}

Statement& Statement::bind_optional(const std::optional<std::string>& text) {
    if (text) return bind(std::string_view(*text));
    check(sqlite3_bind_null(prepared_, ++bound_));
    return *this;
}

bool Statement::step() {
    const int result = sqlite3_step(prepared_);
    if (result != SQLITE_ROW && result != SQLITE_DONE) fail(sqlite3_db_handle(prepared_), "read or write");
    return result == SQLITE_ROW;
}

int Statement::run() {
    step();
    return sqlite3_changes(sqlite3_db_handle(prepared_));
}

std::string Statement::text(int column) const {
    return optional_text(column).value_or("");
}

std::optional<std::string> Statement::optional_text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(prepared_, column));
    if (sqlite3_column_type(prepared_, column) == SQLITE_NULL) return std::nullopt;
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(prepared_, column));
    return size == 0 ? std::string() : std::string(bytes, size);
}

std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(prepared_, column);
}

device_agent::ByteView Statement::blob(int column) const {
    const auto* first = static_cast<const std::uint8_t*>(sqlite3_column_blob(prepared_, column));
    return {first, static_cast<std::size_t>(sqlite3_column_bytes(prepared_, column))};
}

device_agent::Bytes Statement::bytes(int column) const {
    const auto content = blob(column);
    return {content.begin(), content.end()};
}

device_agent::SecretBytes Statement::secret(int column) const {
    const auto content = blob(column);
    return {content.begin(), content.end()};
}

// ---- Database

void Database::Close::operator()(sqlite3* connection) const noexcept {
    sqlite3_close(connection);
}
void Database::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_finalize(statement);
}

Database::Database(const std::string& name, Content content, std::chrono::milliseconds gathering)
    : gathering_(gathering), last_group_(Clock::now() - gathering) {
    sqlite3* opened = nullptr;
    // Our own mutex serialises the use, so SQLite's is left out.
    const int result = sqlite3_open_v2(
        name.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    connection_.reset(opened);
    if (result != SQLITE_OK) fail(opened, "open " + name);
    execute("PRAGMA journal_mode = WAL");
    execute(content == Content::state ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    // In pages of 4 KiB. The default is a quarter of this: under load, one commit in a hundred would have to
    // wait until the whole of it is in the database file.
    execute("PRAGMA wal_autocheckpoint = 4000");
    execute("PRAGMA foreign_keys = ON");
    auto transaction = begin();
    migrate(transaction, content);
    transaction.commit();
    if (content == Content::state && gathering_.count() > 0)
        committer_ = std::jthread([this](const std::stop_token& stop) { end_groups(stop); });
}

Database::~Database() = default;

std::unique_ptr<Database> Database::open(const std::filesystem::path& file, Content content,
                                         std::chrono::milliseconds gathering) {
    create_private(file);
    return std::unique_ptr<Database>(new Database(file.string(), content, gathering));
}

std::unique_ptr<Database> Database::in_memory(Content content) {
    return std::unique_ptr<Database>(new Database(":memory:", content, std::chrono::milliseconds(0)));
}

void Database::execute(std::string_view sql) {
    Statement(prepare(sql)).step();
}

sqlite3_stmt* Database::prepare(std::string_view sql) {
    const auto known = prepared_.find(sql);
    if (known != prepared_.end()) {
        if (sqlite3_stmt_busy(known->second.get()) != 0) {
            throw Error(ErrorCode::internal, "a database statement is used twice at a time");
        }
        return known->second.get();
    }
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
        fail(connection_.get(), "prepare a statement");
    }
    return prepared_.emplace(sql, statement).first->second.get();
}

}  // namespace emulator::store
