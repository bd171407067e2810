// SPDX-License-Identifier: Apache-2.0
#include "identity/slot_file.hpp"

#include "foundation/error.hpp"
#include "identity/slot_auth.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

namespace device_agent::identity {
namespace {

const SlotFile content{{"hub.test", "dev-1", "AppB"}, WrappedSlotKey{{{0, 1, 2}, {3, 4, 5}}, {6, 7}}};

unsigned mode_of(const std::filesystem::path& path) {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777U : 0;
}

TEST(SlotFile, IsReadAsItWasWrittenAndByNobodyElse) {
    const fakes::TemporaryFolder folder;
    const auto path = slot_path(folder.path(), 12);
    EXPECT_EQ(path.filename(), "slot-12");
    EXPECT_EQ(staged_path(folder.path(), 12).filename(), "slot-12.next");
    EXPECT_FALSE(read_slot_file(path));
    write_slot_file(path, content);
    const auto read = read_slot_file(path);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->identity, content.identity);
    EXPECT_EQ(read->proof, content.proof);
    EXPECT_EQ(mode_of(path), 0600U);
}

TEST(SlotFile, ADamagedFileIsAnErrorThatNamesIt) {
    const fakes::TemporaryFolder folder;
    const auto path = slot_path(folder.path(), 12);
    for (const char* damaged :
         {"", "{", "[]", R"({"version":2})", R"({"version":1})", R"({"version":1,"identity":7})",
          R"({"version":1,"identity":"hub","publicArea":"","privateArea":""})",
          R"({"version":1,"identity":"hub/d","publicArea":"*","privateArea":""})",
          R"({"version":1,"identity":"hub/d","publicArea":""})",
          R"({"version":1,"identity":"hub/d","publicArea":"","privateArea":""})"}) {
        std::ofstream(path, std::ios::trunc) << damaged;
        try {
            static_cast<void>(read_slot_file(path));
            FAIL() << "took " << damaged;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::state);
            EXPECT_NE(std::string(error.what()).find("slot-12"), std::string::npos);
        }
    }
}

TEST(SlotFile, WithAKeyInClearOrWithoutAKeyIsThreeLines) {
    const fakes::TemporaryFolder folder;
    const auto path = slot_path(folder.path(), 12);
    for (const SlotProof& proof : {SlotProof(SecretBytes(32, 7)), SlotProof(ByCertificate{})}) {
        write_slot_file(path, {content.identity, proof});
        EXPECT_EQ(mode_of(path), 0600U);
        const auto read = read_slot_file(path);
        ASSERT_TRUE(read);
        EXPECT_EQ(read->identity, content.identity);
        EXPECT_TRUE(read->proof == proof);
    }
    for (const std::string_view damaged :
         {"", "hub/d\n", "hub/d\ncertificate", "hub\ncertificate\n", "hub/d\nkey \n", "hub/d\nkey AA=\n",
          "hub/d\nkey AAECAw==\n\n", "hub/d\ncertificates\n", "\n\n"}) {
        std::ofstream(path, std::ios::trunc) << "device-agent slot 1\n" << damaged;
        EXPECT_THROW(static_cast<void>(read_slot_file(path)), Error) << damaged;
    }
}

TEST(SlotAuth, IsMadeOnceAndKeptFromOthers) {
    const fakes::TemporaryFolder folder;
    EXPECT_TRUE(read_slot_auth(folder.path()).empty());
    const auto auth = ensure_slot_auth(folder.path());
    EXPECT_EQ(auth.size(), 32U);
    EXPECT_EQ(ensure_slot_auth(folder.path()), auth);
    EXPECT_EQ(read_slot_auth(folder.path()), auth);
    EXPECT_EQ(mode_of(folder.path() / "slot-auth"), 0600U);
    std::ofstream(folder.path() / "slot-auth", std::ios::trunc) << "short";
    EXPECT_THROW(static_cast<void>(read_slot_auth(folder.path())), Error);
}

}  // namespace
}  // namespace device_agent::identity
