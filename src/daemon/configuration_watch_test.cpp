// SPDX-License-Identifier: Apache-2.0
#include "daemon/configuration_watch.hpp"

#include "tests/fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>
#include <mutex>

namespace device_agent::daemon {
namespace {

namespace fs = std::filesystem;

class ConfigurationWatchTest : public ::testing::Test {
protected:
    static void write(const fs::path& path) { std::ofstream(path) << "{}"; }
    /// Waits for the next call, however long the machine takes.
    void expect_change(const char* what) {
        std::unique_lock lock(mutex);
        EXPECT_TRUE(told.wait_for(lock, std::chrono::seconds(30), [this] { return changes > 0; })) << what;
        changes = 0;
    }

    fakes::TemporaryFolder folder;
    const fs::path file = folder.path() / "agent.json";
    const fs::path drop_ins = folder.path() / "device-agent.d";
    std::mutex mutex;
    std::condition_variable told;
    int changes = 0;
    ConfigurationWatch watch{file, [this] {
                                 {
                                     const std::scoped_lock lock(mutex);
                                     ++changes;
                                 }
                                 told.notify_one();
                             }};
};

TEST_F(ConfigurationWatchTest, SeesAFileThatIsWrittenReplacedOrRemoved) {
    write(file);
    expect_change("written");
    write(folder.path() / "agent.json.new");
    fs::rename(folder.path() / "agent.json.new", file);
    expect_change("replaced");
    fs::remove(file);
    expect_change("removed");
}

TEST_F(ConfigurationWatchTest, SeesDropInsAlsoInAFolderThatComesLater) {
    fs::create_directory(drop_ins);
    expect_change("the folder");
    write(drop_ins / "10-apps.json");
    expect_change("a drop-in");
    fs::remove(drop_ins / "10-apps.json");
    expect_change("a drop-in that is removed");
}

TEST_F(ConfigurationWatchTest, WhatElseIsInTheFolderIsNoConcern) {
    write(folder.path() / "other.json");
    write(file);  // the first that is told
    expect_change("written");
    const std::scoped_lock lock(mutex);
    EXPECT_EQ(changes, 0);
}

}  // namespace
}  // namespace device_agent::daemon
