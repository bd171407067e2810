// SPDX-License-Identifier: Apache-2.0
// What every slot store promises, on a real software TPM: with slots in it and with wrapped ones, with and
// without auth values on the keys.
#include "identity/tpm_slot_store.hpp"

#include "foundation/error.hpp"
#include "identity/slot_file.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/support/swtpm.hpp"
#include "tpm/esys_tpm.hpp"

#include <gtest/gtest.h>

#include <array>

namespace device_agent::identity {
namespace {

using State = Slot::State;

const Identity app{"hub.test", "dev-1", "AppB"};
const Identity longer{"another-hub.test", "dev-1", "AppB"};
const SecretBytes key_one(32, 0x11);
const SecretBytes key_two(64, 0x22);
const auto data = as_bytes("hub.test%2Fdevices%2Fdev-1\n1700000000");

struct Variant {
    const char* name;
    unsigned persistent_slots;
    bool protect_keys;

    friend void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.name; }
};

class SlotStoreContract : public ::testing::TestWithParam<Variant> {
protected:
    void SetUp() override {
        tpm = tpm::open({swtpm.tcti(), {}, {}}, clock);
        tpm->run([](tpm::Sequence& sequence) { static_cast<void>(sequence.ensure_primary_keys()); });
        store = make_store();
    }

    std::unique_ptr<SlotStore> make_store() {
        TpmSlotStoreOptions options;
        options.layout.persistent_slots = GetParam().persistent_slots;
        options.state_directory = folder.path();
        options.protect_keys = GetParam().protect_keys;
        return make_tpm_slot_store(*tpm, options);
    }
    Slot look(unsigned number) { return store->look(std::array{number}).front(); }
    void fill(unsigned number, const Identity& identity, const SecretBytes& key) {
        store->stage({{number, identity, key}});
        store->finish(std::array{number});
    }

    support::Swtpm swtpm;
    SystemClock clock;
    fakes::TemporaryFolder folder;
    std::unique_ptr<tpm::Tpm> tpm;
    std::unique_ptr<SlotStore> store;
};

TEST_P(SlotStoreContract, AnEmptySlotIsEmptyAndSignsNothing) {
    EXPECT_EQ(look(3).state, State::empty);
    EXPECT_EQ(look(3).number, 3U);
    EXPECT_THROW(static_cast<void>(store->sign(3, data)), Error);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_P(SlotStoreContract, StagedContentLeavesTheSlotAloneUntilItIsFinished) {
    fill(3, app, key_one);
    store->stage({{3, longer, key_two}});
    EXPECT_EQ(look(3).identity, app);
    EXPECT_EQ(look(3).staged, longer);
    EXPECT_EQ(store->sign(3, data), hmac_sha256(key_one, data));
    EXPECT_EQ(store->sign_staged(3, data), hmac_sha256(key_two, data));
    store->finish(std::array{3U});
    EXPECT_EQ(look(3).identity, longer);
    EXPECT_FALSE(look(3).staged);
    EXPECT_EQ(store->sign(3, data), hmac_sha256(key_two, data));
}

TEST_P(SlotStoreContract, WhatWasStagedSurvivesTheProcess) {
    store->stage({{3, app, key_one}});
    store = make_store();
    EXPECT_EQ(look(3).staged, app);
    store->finish(std::array{3U});
    store->finish(std::array{3U});  // again is no error
    EXPECT_EQ(look(3).identity, app);
}

TEST_P(SlotStoreContract, DiscardForgetsOnlyWhatWasStaged) {
    fill(3, app, key_one);
    store->stage({{3, longer, key_two}});
    store->discard(3);
    EXPECT_EQ(look(3).identity, app);
    EXPECT_FALSE(look(3).staged);
    EXPECT_EQ(store->sign(3, data), hmac_sha256(key_one, data));
}

TEST_P(SlotStoreContract, SeveralSlotsAreStagedAndFinishedTogether) {
    store->stage(
        {{0, app.device_identity(), key_one}, {1, app, key_two}, {2, app.module_identity("C"), key_one}});
    store->finish(std::array{0U, 1U, 2U});
    const auto slots = store->look(std::array{2U, 0U, 1U});
    EXPECT_EQ(slots[0].identity, app.module_identity("C"));
    EXPECT_EQ(slots[1].identity, app.device_identity());
    EXPECT_EQ(store->sign(1, data), hmac_sha256(key_two, data));
}

TEST_P(SlotStoreContract, NothingTransientIsLeftInTheTpm) {
    for (int round = 0; round < 5; ++round) {
        fill(3, round % 2 == 0 ? app : longer, key_one);
        static_cast<void>(store->sign(3, data));
    }
    EXPECT_EQ(swtpm.shell("tpm2_getcap handles-transient"), "");
    EXPECT_EQ(swtpm.shell("tpm2_getcap handles-loaded-session"), "");
}

INSTANTIATE_TEST_SUITE_P(Variants, SlotStoreContract,
                         ::testing::Values(Variant{"InTheTpm", 10, false}, Variant{"Wrapped", 0, false},
                                           Variant{"InTheTpmWithAuth", 10, true},
                                           Variant{"WrappedWithAuth", 0, true}),
                         [](const auto& variant) { return variant.param.name; });

// What only the layout in the TPM shows.
class TpmSlotLayout : public SlotStoreContract {};
INSTANTIATE_TEST_SUITE_P(Variants, TpmSlotLayout, ::testing::Values(Variant{"InTheTpm", 10, false}),
                         [](const auto& variant) { return variant.param.name; });

TEST_P(TpmSlotLayout, AKeyWithoutATextIsForeignAndATextWithoutAKeyIsOurs) {
    static_cast<void>(swtpm.shell(
        "tpm2_createprimary -Q -C o -G ecc -c k.ctx && tpm2_evictcontrol -Q -C o -c k.ctx 0x81000103 && "
        "tpm2_flushcontext -t"));
    EXPECT_EQ(look(3).state, State::foreign);
    EXPECT_NE(look(3).remark.find("0x81000103"), std::string::npos);

    static_cast<void>(swtpm.shell("tpm2_nvdefine -Q -C o -s 19 -a 'authread|authwrite|no_da' 0x01400104"));
    EXPECT_EQ(look(4).state, State::unfinished);
    static_cast<void>(
        swtpm.shell("printf hub.test/dev-1/AppB | tpm2_nvwrite -Q -C 0x01400104 -i - 0x01400104"));
    EXPECT_EQ(look(4).state, State::unfinished);
    fill(4, app, key_one);
    EXPECT_EQ(look(4).identity, app);
}

TEST_P(TpmSlotLayout, ATextThatIsNoIdentityIsForeign) {
    static_cast<void>(
        swtpm.shell("tpm2_nvdefine -Q -C o -s 5 -a 'authread|authwrite|no_da' 0x01400104 && "
                    "printf hello | tpm2_nvwrite -Q -C 0x01400104 -i - 0x01400104"));
    EXPECT_EQ(look(4).state, State::foreign);
}

TEST_P(TpmSlotLayout, LiesWhereOlderAgentsLookForIt) {
    fill(2, app, key_one);
    EXPECT_EQ(swtpm.shell("tpm2_nvread 0x01400102"), app.text());
    EXPECT_NE(swtpm.shell("tpm2_getcap handles-persistent").find("0x81000102"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(slot_path(folder.path(), 2)));
}

// A key keeps the auth value with which it came, whichever way the configuration was changed since.
TEST_P(TpmSlotLayout, SignsWithKeysOfBothKindsAfterSlotAuthIsSwitched) {
    fill(2, app, key_one);
    TpmSlotStoreOptions options;
    options.state_directory = folder.path();
    options.protect_keys = true;
    store = make_tpm_slot_store(*tpm, options);
    fill(3, longer, key_two);
    EXPECT_EQ(store->sign(2, data), hmac_sha256(key_one, data));
    EXPECT_EQ(store->sign(3, data), hmac_sha256(key_two, data));
    store = make_store();
    EXPECT_EQ(store->sign(2, data), hmac_sha256(key_one, data));
    EXPECT_EQ(store->sign(3, data), hmac_sha256(key_two, data));
}

}  // namespace
}  // namespace device_agent::identity
