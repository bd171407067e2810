// SPDX-License-Identifier: Apache-2.0
// The slot of a device that its certificate identifies: in the TPM it is a text without a key, elsewhere a
// file.
#include "identity/credentials.hpp"
#include "identity/slot_file.hpp"
#include "identity/tpm_slot_store.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/support/swtpm.hpp"
#include "tpm/esys_tpm.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>

namespace device_agent::identity {
namespace {

using State = Slot::State;

const Identity device{"hub.test", "dev-1", std::nullopt};
const Identity moved{"another-hub.test", "dev-1", std::nullopt};
const SecretBytes key(32, 0x11);
const auto data = as_bytes("text");

class CertificateSlot : public ::testing::TestWithParam<unsigned> {
protected:
    // The device's slot is 0; the parameter says how many slots lie in the TPM.
    std::unique_ptr<SlotStore> open(bool by_certificate = true) {
        TpmSlotStoreOptions options;
        options.layout.persistent_slots = GetParam();
        options.state_directory = folder.path();
        if (by_certificate) options.certificate_slot = 0;
        return make_tpm_slot_store(*tpm, options);
    }
    Slot look(unsigned number = 0) { return store->look(std::array{number}).front(); }
    void fill(const Identity& identity, std::optional<KeyMaterial> proof) {
        store->stage({{0, identity, std::move(proof)}});
        store->finish(std::array{0U});
    }
    void expect_no_token(const std::function<void()>& sign) {
        try {
            sign();
            ADD_FAILURE() << "signed without a key";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::certificate_identity) << error.what();
            EXPECT_THAT(error.what(), testing::HasSubstr("X.509 certificate"));
        }
    }

    support::Swtpm swtpm;
    fakes::TemporaryFolder folder;
    SystemClock clock;
    std::unique_ptr<tpm::Tpm> tpm = tpm::open({swtpm.tcti(), {}, {}}, clock);
    std::unique_ptr<SlotStore> store = open();
};

TEST_P(CertificateSlot, IsWholeWithoutAKeyAndGivesNoToken) {
    store->stage({{0, device, std::nullopt}});
    EXPECT_EQ(look().staged, device);
    expect_no_token([&] { static_cast<void>(store->sign_staged(0, data)); });
    store = open();
    store->finish(std::array{0U});
    EXPECT_EQ(look().state, State::filled);
    EXPECT_EQ(look().place, KeyPlace::certificate);
    EXPECT_EQ(look().identity, device);
    EXPECT_FALSE(look().staged);
    expect_no_token([&] { static_cast<void>(store->sign(0, data)); });
    expect_no_token([&] { static_cast<void>(mint_token(*store, look(), {})); });
    EXPECT_EQ(swtpm.shell("tpm2_getcap handles-persistent"), "") << "no key is needed for that";
}

TEST_P(CertificateSlot, MovesToAnotherHubAndIsErased) {
    fill(device, std::nullopt);
    fill(moved, std::nullopt);
    EXPECT_EQ(look().identity, moved);
    store->erase(0);
    EXPECT_EQ(look().state, State::empty);
}

TEST_P(CertificateSlot, TakesThePlaceOfAKeyAndGivesItBack) {
    store = open(false);
    fill(device, key);
    store = open();
    EXPECT_EQ(look().state, State::filled);
    EXPECT_NE(look().place, KeyPlace::certificate) << "the key is still there";
    fill(moved, std::nullopt);
    EXPECT_EQ(look().place, KeyPlace::certificate);
    EXPECT_THAT(swtpm.shell("tpm2_getcap handles-persistent"),
                testing::Not(testing::HasSubstr("0x81000100")));
    fill(device, key);
    EXPECT_EQ(store->sign(0, data), hmac_sha256(key, data));
}

TEST_P(CertificateSlot, MakesThePrimaryKeysThatAModulesKeyNeeds) {
    store->stage({{0, device, std::nullopt}, {1, device.module_identity("AppB"), key}});
    store->finish(std::array{0U, 1U});
    EXPECT_EQ(store->sign(1, data), hmac_sha256(key, data));
    EXPECT_EQ(look(1).state, State::filled);
}

INSTANTIATE_TEST_SUITE_P(Layouts, CertificateSlot, ::testing::Values(10U, 0U),
                         [](const auto& layout) { return layout.param == 0 ? "Files" : "InTheTpm"; });

// Elsewhere, and to another configuration, a text without a key is what an interrupted filling leaves.
TEST(KeylessText, IsUnfinishedInEveryOtherSlot) {
    const support::Swtpm swtpm;
    const fakes::TemporaryFolder folder;
    SystemClock clock;
    const auto tpm = tpm::open({swtpm.tcti(), {}, {}}, clock);
    TpmSlotStoreOptions options;
    options.state_directory = folder.path();
    options.certificate_slot = 0;
    const auto store = make_tpm_slot_store(*tpm, options);
    store->stage({{0, device, std::nullopt}, {1, device.module_identity("AppB"), std::nullopt}});
    store->finish(std::array{0U, 1U});
    EXPECT_EQ(store->look(std::array{1U}).front().state, State::unfinished);
    options.certificate_slot.reset();
    EXPECT_EQ(make_tpm_slot_store(*tpm, options)->look(std::array{0U}).front().state, State::unfinished);
}

// The key of the file store is in clear: the TPM does not hold it, and it is made anew.
TEST(KeylessText, AFileWithAKeyInClearIsUnfinished) {
    const support::Swtpm swtpm;
    const fakes::TemporaryFolder folder;
    SystemClock clock;
    const auto tpm = tpm::open({swtpm.tcti(), {}, {}}, clock);
    TpmSlotStoreOptions options;
    options.state_directory = folder.path();
    options.layout.persistent_slots = 0;
    write_slot_file(slot_path(folder.path(), 1), {device, key});
    const auto slot = make_tpm_slot_store(*tpm, options)->look(std::array{1U}).front();
    EXPECT_EQ(slot.state, State::unfinished);
    EXPECT_THAT(slot.remark, testing::HasSubstr("in clear"));
}

}  // namespace
}  // namespace device_agent::identity
