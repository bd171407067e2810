// SPDX-License-Identifier: Apache-2.0
#include "app_api/listening_socket.hpp"

#include "foundation/error.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/support/unix_http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace device_agent::app_api {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class ListeningSockets : public ::testing::Test {
protected:
    [[nodiscard]] std::filesystem::path path() const { return folder.path() / "run" / "api.sock"; }
    static mode_t mode_of(const std::filesystem::path& path) {
        struct stat found {};
        EXPECT_EQ(::lstat(path.c_str(), &found), 0) << path;
        return found.st_mode & 07777U;
    }
    [[nodiscard]] std::size_t entries() const {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path() / "run"))
            ++count;
        return count;
    }
    fakes::TemporaryFolder folder;
};

TEST_F(ListeningSockets, AreMadeWithTheirFolderAndMode) {
    const auto old_umask = ::umask(0077);
    {
        const auto socket = ListeningSocket::create(path(), 0666);
        EXPECT_EQ(mode_of(path()), 0666U);
        EXPECT_EQ(mode_of(path().parent_path()), 0755U);
        const testing::UnixHttpClient client(path());
        EXPECT_EQ(entries(), 1U) << "no temporary name is left";
    }
    ::umask(old_umask);
    EXPECT_FALSE(std::filesystem::exists(path())) << "its name goes with it";
}

TEST_F(ListeningSockets, ReplaceOnlyASocketAtWhichNobodyAnswers) {
    {
        const auto socket = ListeningSocket::create(path(), 0666);
        EXPECT_THAT([&] { (void)ListeningSocket::create(path(), 0666); },
                    ThrowsMessage<Error>(HasSubstr("already answers")));
        // As a killed process leaves it.
        std::filesystem::rename(path(), path().string() + ".kept");
    }
    std::filesystem::rename(path().string() + ".kept", path());
    const auto socket = ListeningSocket::create(path(), 0600);
    EXPECT_EQ(mode_of(path()), 0600U);
    const testing::UnixHttpClient client(path());
}

TEST_F(ListeningSockets, LeaveAnythingElseAlone) {
    std::filesystem::create_directory(folder.path() / "run");
    std::ofstream(path()) << "precious";
    EXPECT_THAT([&] { (void)ListeningSocket::create(path(), 0666); },
                ThrowsMessage<Error>(HasSubstr("is no socket")));
    std::filesystem::remove(path());
    std::filesystem::create_symlink(folder.path() / "elsewhere", path());
    EXPECT_THAT([&] { (void)ListeningSocket::create(path(), 0666); },
                ThrowsMessage<Error>(HasSubstr("is no socket")));
    EXPECT_THAT([&] { (void)ListeningSocket::create(folder.path() / "no" / "such" / "a.sock", 0666); },
                ThrowsMessage<Error>(HasSubstr("cannot make the folder")));
}

TEST_F(ListeningSockets, RemoveOnlyTheirOwnName) {
    {
        const auto socket = ListeningSocket::create(path(), 0666);
        std::filesystem::remove(path());
        std::ofstream(path()) << "another's";
    }
    EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(ListeningSockets, MayHaveTheLongestName) {
    auto long_path = folder.path() / "run" / "";
    long_path = long_path.string() + std::string(107 - long_path.string().size(), 's');
    const auto socket = ListeningSocket::create(long_path, 0666);
    const testing::UnixHttpClient client(long_path);
}

TEST_F(ListeningSockets, AreAdoptedFromSystemd) {
    auto made = ListeningSocket::create(path(), 0666);
    const int inherited = ::dup(made.descriptor());
    {
        const auto adopted = ListeningSocket::adopt(inherited);
        EXPECT_EQ(adopted.descriptor(), inherited);
    }
    EXPECT_TRUE(std::filesystem::exists(path())) << "the name is systemd's to remove";
    const int plain = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_THAT([&] { (void)ListeningSocket::adopt(plain); },
                ThrowsMessage<Error>(HasSubstr("no listening Unix stream socket")));
}

}  // namespace
}  // namespace device_agent::app_api
