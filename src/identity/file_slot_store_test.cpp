// SPDX-License-Identifier: Apache-2.0
// The store of boards without a TPM: the contract of every slot store, then what only files show.
#include "identity/file_slot_store.hpp"

#include "foundation/durable_file.hpp"
#include "foundation/encoding.hpp"
#include "identity/slot_file.hpp"
#include "tests/contract/slot_store_contract.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <gmock/gmock.h>

#include <array>
#include <sys/stat.h>

namespace device_agent::identity {
namespace {

using State = Slot::State;

const Identity app{"hub.test", "dev-1", "AppB"};
const SecretBytes key_one(32, 0x11);
const auto data = as_bytes("hub.test%2Fdevices%2Fdev-1\n1700000000");

class FileBench final : public StoreBench {
public:
    std::unique_ptr<SlotStore> open() override { return make_file_slot_store(folder.path()); }
    KeyMaterial device_key(const SecretBytes& key) override { return key; }
    KeyMaterial unusable_key() override { return tpm::CredentialedKey{}; }

    fakes::TemporaryFolder folder;
};

INSTANTIATE_TEST_SUITE_P(Files, SlotStoreContract,
                         ::testing::Values(StoreKind{"Files", [] { return std::make_unique<FileBench>(); }}),
                         [](const auto& kind) { return kind.param.name; });

class FileSlotStoreTest : public ::testing::Test {
protected:
    Slot look(unsigned number) { return store->look(std::array{number}).front(); }
    [[nodiscard]] std::filesystem::path file(unsigned slot) const { return slot_path(folder.path(), slot); }

    fakes::TemporaryFolder folder;
    std::unique_ptr<SlotStore> store = make_file_slot_store(folder.path());
};

TEST_F(FileSlotStoreTest, KeepsAKeyInAFileForItsOwnerAlone) {
    store->stage({{2, app, key_one}});
    store->finish(std::array{2U});
    struct stat facts {};
    ASSERT_EQ(::stat(file(2).c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777U, 0600U);
    EXPECT_EQ(read_file(file(2)),
              "device-agent slot 1\nhub.test/dev-1/AppB\nkey " + base64_encode(key_one) + "\n");
    EXPECT_EQ(look(2).place, KeyPlace::file);
}

TEST_F(FileSlotStoreTest, RefusesAFolderOrAFileThatOthersMayReach) {
    store->stage({{2, app, key_one}});
    store->finish(std::array{2U});
    const auto refusal = [&] {
        try {
            static_cast<void>(look(2));
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::configuration);
            return std::string(error.what());
        }
        return std::string("it was taken");
    };
    ASSERT_EQ(::chmod(file(2).c_str(), 0640), 0);
    EXPECT_THAT(refusal(), testing::HasSubstr("run chmod 600 " + file(2).string()));
    ASSERT_EQ(::chmod(file(2).c_str(), 0600), 0);
    ASSERT_EQ(::chmod(folder.path().c_str(), 0750), 0);
    EXPECT_THAT(refusal(), testing::HasSubstr("run chmod 700 " + folder.path().string()));
    ASSERT_EQ(::chmod(folder.path().c_str(), 0700), 0);
    EXPECT_EQ(look(2).identity, app);
}

TEST_F(FileSlotStoreTest, AFileFromTheTimeOfATpmIsUnfinishedAndIsReplaced) {
    write_slot_file(file(2), {app, WrappedSlotKey{{{0, 1}, {2}}, {3}}});
    EXPECT_EQ(look(2).state, State::unfinished);
    EXPECT_THAT(look(2).remark, testing::HasSubstr("wrapped by a TPM"));
    EXPECT_THROW(static_cast<void>(store->sign(2, data)), Error);
    store->stage({{2, app, key_one}});
    store->finish(std::array{2U});
    EXPECT_EQ(store->sign(2, data), hmac_sha256(key_one, data));
}

TEST_F(FileSlotStoreTest, HasNoRoomWhereNothingCanBeWritten) {
    store = make_file_slot_store(folder.path() / "missing");
    EXPECT_THROW(store->require_room(std::array{0U}), Error);
    EXPECT_EQ(look(0).state, State::empty);
}

}  // namespace
}  // namespace device_agent::identity
