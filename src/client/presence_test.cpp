// SPDX-License-Identifier: Apache-2.0
extern "C" {
#include "client/presence.h"
}

#include "tests/fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace {

class PresenceTest : public testing::Test {
protected:
    PresenceTest() { da_presence_begin(&presence_, (folder_.path() / "run" / "agent" / "socket").c_str()); }
    ~PresenceTest() override { da_presence_end(&presence_); }
    [[nodiscard]] bool changed() { return da_presence_changed(&presence_); }
    void make(const std::string& name) const { std::filesystem::create_directory(folder_.path() / name); }
    void touch(const std::string& name) const { std::ofstream(folder_.path() / name) << "x"; }

    device_agent::fakes::TemporaryFolder folder_;
    da_presence presence_{.fd = -1, .watched = -1, .path = {}, .folder = 0};
};

TEST_F(PresenceTest, FollowsThePathAsItsPartsAppear) {
    EXPECT_FALSE(changed());
    make("run");
    EXPECT_TRUE(changed());
    make("run/agent");
    EXPECT_TRUE(changed());
    EXPECT_FALSE(changed());
    touch("run/agent/socket");
    EXPECT_TRUE(changed());
}

TEST_F(PresenceTest, MissesNothingThatAppearsAtOnce) {
    make("run");
    make("run/agent");
    EXPECT_TRUE(changed());
    touch("run/agent/socket");
    EXPECT_TRUE(changed());
}

TEST_F(PresenceTest, OthersInTheFolderAreNoNews) {
    make("runner");
    touch("ru");
    EXPECT_FALSE(changed());
    make("run");
    make("run/agent");
    EXPECT_TRUE(changed());
    touch("run/agent/socket.new");
    touch("run/agent/sock");
    EXPECT_FALSE(changed());
    std::filesystem::rename(folder_.path() / "run/agent/socket.new", folder_.path() / "run/agent/socket");
    EXPECT_TRUE(changed());
}

TEST_F(PresenceTest, AFolderThatGoesAndComesAgainIsFollowed) {
    make("run");
    make("run/agent");
    EXPECT_TRUE(changed());
    std::filesystem::remove_all(folder_.path() / "run");
    EXPECT_TRUE(changed());
    make("run");
    EXPECT_TRUE(changed());
    make("run/agent");
    EXPECT_TRUE(changed());
    touch("run/agent/socket");
    EXPECT_TRUE(changed());
}

TEST(Presence, APathMayBeRelative) {
    da_presence presence{.fd = -1, .watched = -1, .path = {}, .folder = 0};
    da_presence_begin(&presence, "no-such-socket-here");
    EXPECT_GE(presence.watched, 0);
    EXPECT_EQ(presence.folder, 0U);
    da_presence_end(&presence);
}

}  // namespace
