// SPDX-License-Identifier: Apache-2.0
// A root file system that tries to lead out: everything outside of it stays unread and as it was.
#include "image/root_filesystem.hpp"

#include "foundation/error.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

namespace device_agent::image {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Outcome = RootFilesystem::Outcome;

constexpr std::size_t limit = 1000;
constexpr const char* secret = "what lies outside";

class HostileRoot : public ::testing::Test {
protected:
    HostileRoot() {
        fs::create_directories(root_folder / "etc");
        fs::create_directories(outside / "folder");
        write(outside / "secret", secret);
    }

    static void write(const fs::path& file, std::string_view content) {
        fs::create_directories(file.parent_path());
        std::ofstream(file) << content;
    }
    static std::string content(const fs::path& file) {
        std::ostringstream text;
        text << std::ifstream(file).rdbuf();
        return text.str();
    }
    void link(const std::string& name, const std::string& target) const {
        fs::create_symlink(target, root_folder / name);
    }
    [[nodiscard]] RootFilesystem root() const { return RootFilesystem(root_folder); }
    [[nodiscard]] std::vector<std::string> walked() const {
        std::vector<std::string> paths;
        static_cast<void>(root().walk([&](const FoundFile& file) { paths.push_back(file.path); }));
        return paths;
    }
    // A chain of ".." that is long enough for any place.
    static std::string upwards() {
        std::string chain;
        for (int i = 0; i < 40; ++i)
            chain += "../";
        return chain;
    }

    fakes::TemporaryFolder folder;
    fs::path root_folder = folder.path() / "root";
    fs::path outside = folder.path() / "outside";
};

TEST_F(HostileRoot, LinksEndWithinTheRoot) {
    write(root_folder / "inner", "within");
    link("absolute", "/inner");
    link("upwards", upwards() + "inner");
    link("etc/twice", "../absolute");
    for (const auto* path : {"/absolute", "/upwards", "/etc/twice", "/../../inner", "/etc/../../inner"})
        EXPECT_EQ(root().read(path, limit).text, "within") << path;
}

TEST_F(HostileRoot, NothingOutsideIsRead) {
    const auto target = (outside / "secret").string();
    link("absolute", target);
    link("upwards", upwards() + target.substr(1));
    link("relative", "../outside/secret");
    link("folder", (outside).string());
    link("magic", "/proc/self/root" + target);
    link("descriptor", "/proc/self/cwd");
    for (const auto* path :
         {"/absolute", "/upwards", "/relative", "/folder/secret", "/magic", "/descriptor/secret"}) {
        const auto reading = root().read(path, limit);
        EXPECT_FALSE(reading.ok()) << path;
        EXPECT_THAT(reading.text, IsEmpty()) << path;
        EXPECT_FALSE(root().identify(path)) << path;
    }
    EXPECT_THAT(root().list("/folder"), IsEmpty());
    EXPECT_THAT(walked(), IsEmpty());
}

TEST_F(HostileRoot, MagicLinksOfAMountedProcAreNotFollowed) {
    // The root of this machine has a real /proc: as a root file system, its magic links would lead anywhere.
    const RootFilesystem machine("/");
    EXPECT_FALSE(machine.read("/proc/self/root/etc/passwd", 1U << 20U).ok());
    EXPECT_FALSE(machine.identify("/proc/self/cwd"));
    EXPECT_TRUE(machine.read("/etc/passwd", 1U << 24U).ok());
}

TEST_F(HostileRoot, LoopsEnd) {
    link("one", "two");
    link("two", "/one");
    link("etc/self", "/etc");
    EXPECT_EQ(root().read("/one", limit).outcome, Outcome::missing);
    EXPECT_FALSE(root().identify("/etc/self/self/self/none"));
    EXPECT_THAT(walked(), IsEmpty());
}

TEST_F(HostileRoot, OnlyRegularFilesAreOpened) {
    ASSERT_EQ(::mkfifo((root_folder / "fifo").c_str(), 0600), 0);
    ASSERT_EQ(::mkfifo((root_folder / "fifo.so").c_str(), 0700), 0);
    link("to_fifo", "/fifo");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = (root_folder / "socket").string();
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the interface of bind()
    ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(socket);
    for (const auto* name : {"/fifo", "/to_fifo", "/socket", "/etc"})
        EXPECT_EQ(root().read(name, limit).outcome, Outcome::not_regular) << name;
    EXPECT_THAT(walked(), IsEmpty());
}

TEST_F(HostileRoot, DevicesAreNotOpened) {
    if (::mknod((root_folder / "zero").c_str(), S_IFCHR | 0666, ::makedev(1, 5)) != 0)
        GTEST_SKIP() << "only root makes device nodes";
    EXPECT_EQ(root().read("/zero", limit).outcome, Outcome::not_regular);
    EXPECT_THAT(walked(), IsEmpty());
}

TEST_F(HostileRoot, FilesAreReadUpToALimit) {
    write(root_folder / "exact", std::string(limit, 'x'));
    write(root_folder / "large", std::string(limit + 1, 'x'));
    EXPECT_EQ(root().read("/exact", limit).text.size(), limit);
    EXPECT_EQ(root().read("/large", limit).outcome, Outcome::too_large);
    EXPECT_THAT(root().read("/large", limit).text, IsEmpty());
}

TEST_F(HostileRoot, NamesMayBeAnyBytes) {
    const std::string name = "line\nbreak \xff\x1b[31m";
    write(root_folder / name, "x");
    EXPECT_THAT(walked(), ElementsAre('/' + name));
    EXPECT_TRUE(root().read('/' + name, limit).ok());
    EXPECT_FALSE(root().read(std::string("/etc\0/x", 7), limit).ok());
    EXPECT_FALSE(root().read('/' + std::string(5000, 'x'), limit).ok());
}

TEST_F(HostileRoot, FoldersBelowTheDeepestAreToldAndNotWalkedThrough) {
    auto deep = root_folder;
    for (unsigned i = 0; i < RootFilesystem::deepest + 5; ++i)
        deep /= "d";
    write(deep / "file", "x");
    std::vector<std::string> paths;
    const auto left_out = root().walk([&](const FoundFile& file) { paths.push_back(file.path); });
    EXPECT_THAT(paths, IsEmpty());
    EXPECT_EQ(left_out.size(), 1U);
}

TEST_F(HostileRoot, AFileThatIsReplacedByALinkIsNotOpened) {
    write(root_folder / "file", "x");
    static_cast<void>(root().walk([&](const FoundFile& file) {
        EXPECT_TRUE(file.open());
        fs::remove(root_folder / "file");
        fs::create_symlink(outside / "secret", root_folder / "file");
        EXPECT_FALSE(file.open());
    }));
}

TEST_F(HostileRoot, WritingMakesFoldersAndReplacesTheFile) {
    root().write("/etc/a/b/file", "one");
    root().write("/etc/a/b/file", "two", 0600);
    EXPECT_EQ(content(root_folder / "etc/a/b/file"), "two");
    EXPECT_EQ(fs::status(root_folder / "etc/a/b/file").permissions(), fs::perms(0600));
    EXPECT_THAT(root().list("/etc/a/b"), ElementsAre("file"));
}

TEST_F(HostileRoot, WritingReplacesALinkInThePlaceOfTheFile) {
    link("etc/file", (outside / "secret").string());
    root().write("/etc/file", "new");
    EXPECT_EQ(content(outside / "secret"), secret);
    EXPECT_FALSE(fs::is_symlink(root_folder / "etc/file"));
}

TEST_F(HostileRoot, WritingGoesThroughNoLinkThatLeadsOut) {
    link("etc/absolute", (outside / "folder").string());
    link("etc/relative", "../../outside/folder");
    link("etc/magic", "/proc/self/cwd");
    for (const auto* path :
         {"/etc/absolute/file", "/etc/relative/file", "/etc/magic/file", "/etc/absolute/x/file"}) {
        try {
            root().write(path, "x");
            FAIL() << path;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::state);
            EXPECT_THAT(error.what(), HasSubstr("in the root file system"));
        }
    }
    EXPECT_TRUE(fs::is_empty(outside / "folder"));
    EXPECT_THAT(root().list("/etc"), Not(Contains("x")));
}

TEST_F(HostileRoot, WritingGoesThroughALinkWithinTheRoot) {
    link("etc/app", "/data/app");
    fs::create_directories(root_folder / "data/app");
    root().write("/etc/app/file", "x");
    EXPECT_EQ(content(root_folder / "data/app/file"), "x");
}

TEST_F(HostileRoot, AnUnfinishedFileOfALinkIsNotFollowed) {
    link("etc/.device-agent-image.new", (outside / "secret").string());
    root().write("/etc/file", "x");
    EXPECT_EQ(content(outside / "secret"), secret);
}

TEST_F(HostileRoot, RemovingTakesTheLinkAndNotWhatItNames) {
    link("etc/file", (outside / "secret").string());
    root().remove("/etc/file");
    root().remove("/etc/file");
    root().remove("/none/file");
    EXPECT_THAT(root().list("/etc"), IsEmpty());
    EXPECT_EQ(content(outside / "secret"), secret);
}

TEST_F(HostileRoot, ARootThatIsNotThereIsAMistakeOfUsage) {
    try {
        const RootFilesystem none(root_folder / "none");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::usage);
    }
}

}  // namespace
}  // namespace device_agent::image
