// SPDX-License-Identifier: Apache-2.0
#include "identity/state_directory.hpp"

#include "foundation/error.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

namespace device_agent::identity {
namespace {

class StateDirectoryTest : public ::testing::Test {
protected:
    fakes::TemporaryFolder folder;
    fakes::FakeClock clock;
    fakes::FixedJitter jitter;
    CallContext patient{clock, jitter, clock.steady_now() + std::chrono::seconds(5), std::stop_token()};
};

TEST_F(StateDirectoryTest, IsMadeWithItsParentsForItsOwnerAlone) {
    const auto path = folder.path() / "var" / "lib" / "device-agent";
    StateDirectory state(path);
    EXPECT_FALSE(std::filesystem::exists(path));
    state.create();
    state.create();
    struct stat facts {};
    ASSERT_EQ(::stat(path.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777U, 0700U);
}

TEST_F(StateDirectoryTest, LocksOutASecondUserUntilTheFirstIsDone) {
    StateDirectory second(folder.path());
    {
        StateDirectory first(folder.path());
        EXPECT_TRUE(first.lock(patient));
        EXPECT_TRUE(first.lock(patient));  // holding it is no error
        EXPECT_THROW(second.lock(patient), Error);
        EXPECT_GE(clock.waits.size(), 40U);  // it waited for its five seconds
    }
    clock.waits.clear();
    second.lock(patient);
    EXPECT_TRUE(clock.waits.empty());
}

TEST_F(StateDirectoryTest, WhoIsLockedOutIsAskedAndMayGiveUpAndHoldsNothingThen) {
    StateDirectory first(folder.path());
    first.lock(patient);
    StateDirectory second(folder.path());
    EXPECT_THROW(second.lock(patient, [] { throw std::runtime_error("a daemon runs"); }), std::runtime_error);
    EXPECT_TRUE(clock.waits.empty());
    EXPECT_FALSE(second.is_locked());
    EXPECT_THROW(second.lock(patient), Error);
    EXPECT_FALSE(second.is_locked());
    first.unlock();
    EXPECT_TRUE(second.lock(patient, [] { throw std::runtime_error("a daemon runs"); }));
}

TEST_F(StateDirectoryTest, WithoutAFolderThereIsNothingToLock) {
    StateDirectory state(folder.path() / "none");
    EXPECT_FALSE(state.lock(patient));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "none"));
}

TEST_F(StateDirectoryTest, ErasesItsOwnFilesAndNothingElse) {
    const auto path = folder.path() / "state";
    StateDirectory state(path);
    state.create();
    for (const char* name : {"slot-12", "slot-3.next", "slot-auth", "record.json"})
        std::ofstream(path / name) << "x";
    std::ofstream(path / "somebody-elses") << "x";
    state.erase();
    EXPECT_TRUE(std::filesystem::exists(path / "somebody-elses"));
    EXPECT_FALSE(std::filesystem::exists(path / "slot-12"));
    std::filesystem::remove(path / "somebody-elses");
    state.erase();
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_NO_THROW(state.erase());
}

TEST_F(StateDirectoryTest, SaysWhatCannotBeMade) {
    StateDirectory state("/proc/none/device-agent");
    try {
        state.create();
        FAIL() << "made a folder in /proc";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::state);
        EXPECT_NE(std::string(error.what()).find("/proc/none/device-agent"), std::string::npos);
    }
}

}  // namespace
}  // namespace device_agent::identity
