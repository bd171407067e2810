// SPDX-License-Identifier: Apache-2.0
#include "emulator/store/database.hpp"

#include "emulator/testing/temporary_folder.hpp"
#include "foundation/error.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <sys/stat.h>

namespace emulator::store {
namespace {

class DatabaseFile : public ::testing::Test {
protected:
    [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "emulator.db"; }

    emulator::testing::TemporaryFolder folder_;
};

void put(Transaction& transaction, std::string_view name, std::string_view value) {
    transaction.prepare("INSERT INTO settings VALUES (?, ?)").bind(name).bind(value).run();
}

std::int64_t count(Transaction& transaction) {
    auto statement = transaction.prepare("SELECT count(*) FROM settings");
    statement.step();
    return statement.number(0);
}

TEST_F(DatabaseFile, KeepsWhatWasCommitted) {
    {
        auto database = Database::open(file());
        auto transaction = database->begin();
        put(transaction, "a", std::string_view("x\0y", 3));
        transaction.commit();
    }
    auto database = Database::open(file());
    auto transaction = database->begin();
    auto statement = transaction.prepare("SELECT value FROM settings WHERE name = ?");
    statement.bind("a");
    ASSERT_TRUE(statement.step());
    EXPECT_EQ(statement.text(0), std::string("x\0y", 3));
}

TEST_F(DatabaseFile, IsForItsOwnerAlone) {
    auto database = Database::open(file());
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        struct stat facts {};
        ASSERT_EQ(::stat((file().string() + suffix).c_str(), &facts), 0) << suffix;
        EXPECT_EQ(facts.st_mode & 0777U, 0600U) << suffix;
    }
}

TEST_F(DatabaseFile, RefusesANewerSchema) {
    {
        auto database = Database::open(file());
        auto transaction = database->begin();
        transaction.prepare("PRAGMA user_version = 99").run();
        transaction.commit();
    }
    try {
        static_cast<void>(Database::open(file()));
        FAIL();
    } catch (const device_agent::Error& error) {
        EXPECT_NE(std::string(error.what()).find("version 99"), std::string::npos);
    }
}

TEST(Database, ForgetsWhatWasNotCommitted) {
    auto database = Database::in_memory();
    {
        auto transaction = database->begin();
        put(transaction, "a", "1");
    }
    auto transaction = database->begin();
    EXPECT_EQ(count(transaction), 0);
}

TEST(Database, LendsAStatementOnce) {
    auto database = Database::in_memory();
    auto transaction = database->begin();
    put(transaction, "a", "1");
    constexpr auto sql = "SELECT name FROM settings";
    auto first = transaction.prepare(sql);
    ASSERT_TRUE(first.step());
    EXPECT_THROW(static_cast<void>(transaction.prepare(sql)), device_agent::Error);
}

TEST(Database, ReportsAFailedWriteAndGoesOn) {
    auto database = Database::in_memory();
    auto transaction = database->begin();
    put(transaction, "a", "1");
    EXPECT_THROW(put(transaction, "a", "2"), device_agent::Error);
    put(transaction, "b", "2");
    EXPECT_EQ(count(transaction), 2);
}

}  // namespace
}  // namespace emulator::store
