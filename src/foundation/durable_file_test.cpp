// SPDX-License-Identifier: Apache-2.0
#include "foundation/durable_file.hpp"

#include "foundation/error.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sys/stat.h>

namespace device_agent {
namespace {

class DurableFile : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = ::testing::TempDir() + "/durable.XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::filesystem::path folder;
};

TEST_F(DurableFile, WritesReplacesReadsAndRemoves) {
    const auto file = folder / "slot-1";
    EXPECT_FALSE(read_file(file));
    write_durably(file, "one");
    write_durably(file, "two");
    EXPECT_EQ(read_file(file), "two");
    struct stat facts {};
    ASSERT_EQ(::stat(file.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777U, 0600U);
    remove_durably(file);
    remove_durably(file);
    EXPECT_FALSE(read_file(file));
    EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(DurableFile, ReplacesATemporaryFileThatAKilledWriterLeft) {
    const auto file = folder / "slot-1";
    std::ofstream(folder / "slot-1.tmp") << "half";
    write_durably(file, "whole");
    EXPECT_EQ(read_file(file), "whole");
    EXPECT_FALSE(std::filesystem::exists(folder / "slot-1.tmp"));
}

TEST_F(DurableFile, SaysWhichFileCannotBeWritten) {
    try {
        write_durably(folder / "none" / "slot-1", "x");
        FAIL() << "wrote into a folder that does not exist";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::state);
        EXPECT_NE(std::string(error.what()).find("none/slot-1"), std::string::npos) << error.what();
    }
}

TEST_F(DurableFile, LeavesNoTemporaryFileWhenItFails) {
    std::filesystem::create_directory(folder / "slot-1");
    EXPECT_THROW(write_durably(folder / "slot-1", "x"), Error) << "a folder cannot be replaced";
    EXPECT_FALSE(std::filesystem::exists(folder / "slot-1.tmp"));
}

TEST_F(DurableFile, RefusesAFileThatIsTooLargeOrNoFile) {
    write_durably(folder / "large", std::string(100, 'x'));
    EXPECT_THROW(static_cast<void>(read_file(folder / "large", 99)), Error);
    EXPECT_THROW(static_cast<void>(read_file(folder)), Error);
}

}  // namespace
}  // namespace device_agent
