// SPDX-License-Identifier: Apache-2.0
#include "daemon/shared_slots.hpp"

#include "cloud/service_time.hpp"
#include "daemon/slot_tokens.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_slot_store.hpp"

#include <gtest/gtest.h>

#include <array>
#include <future>

namespace device_agent::daemon {
namespace {

using identity::Identity;

class SharedSlotsTest : public ::testing::Test {
protected:
    SharedSlotsTest() {
        changes.when_changed([this] { ++told; });
    }
    void put(const Identity& identity, std::uint8_t key) {
        store->stage({{2, identity, SecretBytes{key}}});
        store->finish(std::array{2U});
    }
    /// The token for what somebody saw in slot 2; the error is thrown.
    [[nodiscard]] cloud::SasToken mint(const identity::Slot& seen) {
        SlotTokens tokens([this] { return store; }, thread, changes, time);
        std::promise<cloud::SasToken> minted;
        tokens.mint(seen, std::chrono::seconds(60), [&](auto token, auto error) {
            if (error) {
                minted.set_exception(error);
            } else {
                minted.set_value(*token);
            }
        });
        return minted.get_future().get();
    }
    [[nodiscard]] identity::Slot look() { return store->look(std::array{2U}).front(); }

    const Identity app{"hub.test", "dev-1", "AppB"};
    fakes::FakeSlots slots;
    fakes::FakeClock clock;
    cloud::ServiceTime time{clock};
    SlotChanges changes;
    JobThread thread{"test"};
    std::shared_ptr<SharedSlots> store =
        std::make_shared<SharedSlots>(std::make_unique<fakes::FakeSlotStore>(slots), thread, changes);
    int told = 0;
};

TEST_F(SharedSlotsTest, AKeyThatIsAnotherOneIsNotedAndTheSameOneIsNot) {
    put(app, 1);
    const auto first = changes.key_of(2);
    put(app, 1);
    EXPECT_EQ(changes.key_of(2), first);
    put(app, 2);
    EXPECT_NE(changes.key_of(2), first);
    EXPECT_EQ(told, 3);
}

TEST_F(SharedSlotsTest, ErasingIsToldToo) {
    put(app, 1);
    const auto first = changes.key_of(2);
    store->erase(2);
    EXPECT_FALSE(changes.still_holds(2, app));
    EXPECT_NE(changes.key_of(2), first);
    EXPECT_EQ(told, 2);
}

TEST_F(SharedSlotsTest, TokensAreSignedForWhatTheSlotHolds) {
    put(app, 1);
    const auto token = mint(look());
    EXPECT_EQ(token.expires, clock.now() + std::chrono::seconds(60));
    EXPECT_NE(token.text.view().find("sr=hub.test%2Fdevices%2Fdev-1%2Fmodules%2FAppB"), std::string::npos);
}

TEST_F(SharedSlotsTest, TheKeyOfOneIdentityNeverSignsForAnother) {
    put(app, 1);
    const auto seen = look();
    put({"other.test", "dev-1", "AppB"}, 2);
    try {
        static_cast<void>(mint(seen));
        FAIL() << "a token was made";
    } catch (const Error& error) {
        EXPECT_EQ(error.retry().kind, Retry::Kind::later);
    }
}

TEST_F(SharedSlotsTest, AnEmptySlotGivesNoTokenAndSaysSo) {
    identity::Slot empty;
    empty.number = 2;
    EXPECT_THROW(static_cast<void>(mint(empty)), Error);
}

}  // namespace
}  // namespace device_agent::daemon
