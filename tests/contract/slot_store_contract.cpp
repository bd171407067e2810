// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/slot_store_contract.hpp"

#include "foundation/error.hpp"

#include <array>

namespace device_agent::identity {
namespace {

using State = Slot::State;

const Identity app{"hub.test", "dev-1", "AppB"};
const Identity longer{"another-hub.test", "dev-1", "AppB"};
const SecretBytes key_one(32, 0x11);
const SecretBytes key_two(64, 0x22);
const auto data = as_bytes("hub.test%2Fdevices%2Fdev-1\n1700000000");

}  // namespace

void SlotStoreContract::SetUp() {
    bench = GetParam().make();
    store = bench->open();
}

Slot SlotStoreContract::look(unsigned number) {
    return store->look(std::array{number}).front();
}

void SlotStoreContract::fill(unsigned number, const Identity& identity, const SecretBytes& key) {
    store->stage({{number, identity, key}});
    store->finish(std::array{number});
}

std::vector<unsigned> SlotStoreContract::shown(std::vector<unsigned> wanted) {
    std::vector<unsigned> numbers;
    for (const auto& slot : store->look_everywhere(wanted))
        numbers.push_back(slot.number);
    return numbers;
}

TEST_P(SlotStoreContract, AnEmptySlotIsEmptyAndSignsNothing) {
    EXPECT_EQ(look(3).state, State::empty);
    EXPECT_EQ(look(3).number, 3U);
    EXPECT_FALSE(look(3).identity);
    EXPECT_FALSE(look(3).staged);
    EXPECT_THROW(static_cast<void>(store->sign(3, data)), Error);
    EXPECT_THROW(static_cast<void>(store->sign_staged(3, data)), Error);
}

TEST_P(SlotStoreContract, StagedContentLeavesTheSlotAloneUntilItIsFinished) {
    fill(3, app, key_one);
    store->stage({{3, longer, key_two}});
    EXPECT_EQ(look(3).identity, app);
    EXPECT_EQ(look(3).staged, longer);
    EXPECT_EQ(store->sign(3, data), hmac_sha256(key_one, data));
    EXPECT_EQ(store->sign_staged(3, data), hmac_sha256(key_two, data));
    store->finish(std::array{3U});
    EXPECT_EQ(look(3).state, State::filled);
    EXPECT_EQ(look(3).identity, longer);
    EXPECT_FALSE(look(3).staged);
    EXPECT_EQ(store->sign(3, data), hmac_sha256(key_two, data));
}

TEST_P(SlotStoreContract, WhatWasStagedSurvivesTheProcess) {
    store->stage({{3, app, key_one}});
    store = bench->open();
    EXPECT_EQ(look(3).state, State::empty);
    EXPECT_EQ(look(3).staged, app);
    EXPECT_EQ(store->sign_staged(3, data), hmac_sha256(key_one, data));
    store->finish(std::array{3U});
    store->finish(std::array{3U});  // again is no error
    EXPECT_EQ(look(3).identity, app);
    store = bench->open();
    EXPECT_EQ(look(3).identity, app);
    EXPECT_EQ(store->sign(3, data), hmac_sha256(key_one, data));
}

TEST_P(SlotStoreContract, ADeviceKeySignsAsTheServiceThatHandedItOut) {
    const SecretBytes key(32, 0x33);
    store->stage({{0, app.device_identity(), bench->device_key(key)}});
    EXPECT_EQ(store->sign_staged(0, data), hmac_sha256(key, data));
    store->finish(std::array{0U});
    EXPECT_EQ(look(0).identity, app.device_identity());
    EXPECT_EQ(store->sign(0, data), hmac_sha256(key, data));
}

TEST_P(SlotStoreContract, AnIdentityThatACertificateProvesHasNoKeyAndGivesNoSignature) {
    const auto expect_no_signature = [](const std::function<void()>& sign) {
        try {
            sign();
            ADD_FAILURE() << "signed without a key";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::certificate_identity) << error.what();
        }
    };
    store->stage({{0, app.device_identity(), std::nullopt}});
    EXPECT_EQ(look(0).staged, app.device_identity());
    expect_no_signature([&] { static_cast<void>(store->sign_staged(0, data)); });
    store->finish(std::array{0U});
    store = bench->open();
    EXPECT_EQ(look(0).state, State::filled);
    EXPECT_EQ(look(0).place, KeyPlace::certificate);
    EXPECT_EQ(look(0).identity, app.device_identity());
    expect_no_signature([&] { static_cast<void>(store->sign(0, data)); });
    fill(0, app.device_identity(), key_one);
    EXPECT_EQ(store->sign(0, data), hmac_sha256(key_one, data));
}

TEST_P(SlotStoreContract, WhatIsStagedLaterReplacesWhatWaits) {
    store->stage({{3, app, key_one}});
    store->stage({{3, longer, key_two}});
    EXPECT_EQ(look(3).staged, longer);
    store->finish(std::array{3U});
    EXPECT_EQ(look(3).identity, longer);
    EXPECT_EQ(store->sign(3, data), hmac_sha256(key_two, data));
}

TEST_P(SlotStoreContract, AnIdentityMayGetAnotherKey) {
    fill(3, app, key_one);
    fill(3, app, key_two);
    EXPECT_EQ(look(3).identity, app);
    EXPECT_EQ(store->sign(3, data), hmac_sha256(key_two, data));
}

TEST_P(SlotStoreContract, DiscardForgetsOnlyWhatWasStaged) {
    fill(3, app, key_one);
    store->stage({{3, longer, key_two}});
    store->discard(3);
    store->discard(3);  // again is no error
    EXPECT_EQ(look(3).identity, app);
    EXPECT_FALSE(look(3).staged);
    store->finish(std::array{3U});
    EXPECT_EQ(store->sign(3, data), hmac_sha256(key_one, data));
}

TEST_P(SlotStoreContract, EraseEmptiesTheSlotAndForgetsWhatWaitsForIt) {
    fill(3, app, key_one);
    fill(4, longer, key_two);
    store->stage({{3, longer, key_two}});
    store->erase(3);
    store->erase(3);  // again is no error
    EXPECT_EQ(look(3).state, State::empty);
    EXPECT_FALSE(look(3).staged);
    EXPECT_THROW(static_cast<void>(store->sign(3, data)), Error);
    EXPECT_EQ(look(4).identity, longer);
    EXPECT_EQ(store->sign(4, data), hmac_sha256(key_two, data));
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

TEST_P(SlotStoreContract, FinishesTheNamedSlotsAlone) {
    store->stage({{1, app, key_one}, {2, longer, key_two}});
    store->finish(std::array{2U});
    EXPECT_EQ(look(1).state, State::empty);
    EXPECT_EQ(look(1).staged, app);
    EXPECT_EQ(look(2).identity, longer);
}

TEST_P(SlotStoreContract, StagesAllOrNone) {
    EXPECT_THROW(store->stage({{1, app, key_one}, {2, longer, bench->unusable_key()}}), Error);
    EXPECT_FALSE(look(1).staged);
    EXPECT_FALSE(look(2).staged);
}

TEST_P(SlotStoreContract, ShowsEverySlotInUseAndThoseThatAreWantedOnceAndInOrder) {
    EXPECT_TRUE(shown({}).empty());
    fill(4, app, key_one);
    store->stage({{2, longer, key_two}});
    EXPECT_EQ(shown({}), (std::vector<unsigned>{2, 4}));
    EXPECT_EQ(shown({7, 4, 0}), (std::vector<unsigned>{0, 2, 4, 7}));
}

TEST_P(SlotStoreContract, HasRoomAtFirst) {
    EXPECT_NO_THROW(store->require_room(std::array{0U, 3U}));
    EXPECT_TRUE(shown({}).empty());
}

}  // namespace device_agent::identity
