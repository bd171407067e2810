// SPDX-License-Identifier: Apache-2.0
// Transactions that join: one commit for all of them, nothing told before it, and nothing kept of any when it
// fails.
#include "emulator/store/database.hpp"
#include "emulator/testing/file_size_limit.hpp"
#include "emulator/testing/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <future>
#include <iterator>
#include <thread>

namespace emulator::store {
namespace {

using Names = std::vector<std::string>;

// Longer than any test: what is to happen must not come of itself.
constexpr std::chrono::hours never{1};

std::uint32_t number_at(std::string_view bytes, std::size_t offset) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i)
        number = number << 8U | static_cast<std::uint8_t>(bytes[offset + i]);
    return number;
}

// The commits in a write-ahead log: the frames that name the database's new size. SQLite syncs once for each.
std::size_t count_commits(const std::filesystem::path& log) {
    std::ifstream in(log, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    constexpr std::size_t log_header = 32;
    constexpr std::size_t frame_header = 24;
    const std::size_t frame = frame_header + number_at(content, 8);
    std::size_t commits = 0;
    for (auto offset = log_header; offset + frame <= content.size(); offset += frame) {
        if (number_at(content, offset + 4) != 0) ++commits;
    }
    return commits;
}

// What another process would find.
Names names_on_disk(const std::filesystem::path& file) {
    sqlite3* connection = nullptr;
    EXPECT_EQ(sqlite3_open_v2(file.c_str(), &connection, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(
        sqlite3_prepare_v2(connection, "SELECT name FROM settings ORDER BY name", -1, &statement, nullptr),
        SQLITE_OK);
    Names names;
    while (sqlite3_step(statement) == SQLITE_ROW)
        names.emplace_back(static_cast<const char*>(sqlite3_column_blob(statement, 0)),
                           static_cast<std::size_t>(sqlite3_column_bytes(statement, 0)));
    sqlite3_finalize(statement);
    sqlite3_close(connection);
    return names;
}

// Waits for what comes from another thread.
bool is_kept(const Outcome& outcome) {
    const auto kept = std::make_shared<std::promise<bool>>();
    outcome([kept](bool is) { kept->set_value(is); });
    return kept->get_future().get();
}

void put(Transaction& transaction, std::string_view name) {
    transaction.prepare("INSERT INTO settings VALUES (?, '')").bind(name).run();
}

class DatabaseGroup : public ::testing::Test {
protected:
    // After one that goes to the disk at once, the next group waits for whoever ends it.
    void SetUp() override {
        ASSERT_TRUE(is_kept(join("0")));
        announced.clear();
    }

    Outcome join(const std::string& name) {
        auto transaction = database->join();
        put(transaction, name);
        transaction.after_commit([this, name] {
            announced.push_back(name);
            on_disk = names_on_disk(file);
        });
        return transaction.leave();
    }

    void join_and_listen(const std::string& name) {
        join(name)([this, name](bool kept) { told.emplace_back(name, kept); });
    }

    void end_group() { static_cast<void>(database->begin()); }

    const emulator::testing::TemporaryFolder folder;
    const std::filesystem::path file = folder.path() / "emulator.db";
    const std::filesystem::path log = file.string() + "-wal";
    Names announced;
    Names on_disk;  // when it was announced
    std::vector<std::pair<std::string, bool>> told;
    // Last: it calls back as it ends.
    std::unique_ptr<Database> database = Database::open(file, Content::state, never);
};

using Told = std::vector<std::pair<std::string, bool>>;

TEST_F(DatabaseGroup, GoesToTheDiskInOneCommit) {
    const auto before = count_commits(log);
    for (const auto* name : {"a", "b", "c"})
        std::thread([&] { join_and_listen(name); }).join();
    EXPECT_EQ(count_commits(log), before);
    end_group();
    EXPECT_EQ(count_commits(log), before + 1);
    EXPECT_EQ(told, (Told{{"a", true}, {"b", true}, {"c", true}}));
    EXPECT_EQ(names_on_disk(file), (Names{"0", "a", "b", "c"}));
}

TEST_F(DatabaseGroup, AnnouncesNothingBeforeItIsOnTheDisk) {
    join_and_listen("a");
    join_and_listen("b");
    EXPECT_TRUE(announced.empty());
    EXPECT_TRUE(told.empty());
    EXPECT_EQ(names_on_disk(file), Names{"0"});
    end_group();
    EXPECT_EQ(announced, (Names{"a", "b"}));
    EXPECT_EQ(on_disk, (Names{"0", "a", "b"}));
}

TEST_F(DatabaseGroup, EndsByItself) {
    database.reset();
    database = Database::open(file);
    for (const auto* name : {"a", "b"})
        EXPECT_TRUE(is_kept(join(name)));
}

TEST_F(DatabaseGroup, LosesNothingByAMemberThatIsRefused) {
    join_and_listen("a");
    {
        auto transaction = database->join();
        put(transaction, "refused");
        transaction.after_commit([this] { announced.emplace_back("refused"); });
    }
    join_and_listen("b");
    end_group();
    EXPECT_EQ(announced, (Names{"a", "b"}));
    EXPECT_EQ(names_on_disk(file), (Names{"0", "a", "b"}));
}

TEST_F(DatabaseGroup, HasWhoOnlyReadsWaitForWhatItSaw) {
    join_and_listen("a");
    auto reader = database->join();
    {
        auto statement = reader.prepare("SELECT 1 FROM settings WHERE name = 'a'");
        ASSERT_TRUE(statement.step());
    }
    const auto outcome = reader.leave();
    ASSERT_TRUE(outcome);
}

TEST_F(DatabaseGroup, TellsAtOnceWhatWasOnlyRead) {
    auto reader = database->join();
    {
        auto statement = reader.prepare("SELECT 1 FROM settings WHERE name = '0'");
        ASSERT_TRUE(statement.step());
    }
    EXPECT_FALSE(reader.leave());
}

TEST_F(DatabaseGroup, KeepsNothingOfAnyoneOnAFullDisk) {
    {
        const emulator::testing::FileSizeLimit full(std::filesystem::file_size(log));
        join_and_listen("a");
        join_and_listen("b");
        end_group();
        EXPECT_EQ(told, (Told{{"a", false}, {"b", false}}));
        EXPECT_TRUE(announced.empty());
    }
    join_and_listen("c");
    end_group();
    EXPECT_EQ(announced, Names{"c"});
    database.reset();
    EXPECT_EQ(names_on_disk(file), (Names{"0", "c"}));
}

TEST_F(DatabaseGroup, IsKeptWhenTheDatabaseIsClosed) {
    join_and_listen("a");
    database.reset();
    EXPECT_EQ(told, (Told{{"a", true}}));
    EXPECT_EQ(names_on_disk(file), (Names{"0", "a"}));
}

TEST(DatabaseInMemory, KeepsNobodyWaiting) {
    const auto database = Database::in_memory();
    auto transaction = database->join();
    put(transaction, "a");
    bool announced = false;
    transaction.after_commit([&] { announced = true; });
    EXPECT_FALSE(transaction.leave());
    EXPECT_TRUE(announced);
}

}  // namespace
}  // namespace emulator::store
