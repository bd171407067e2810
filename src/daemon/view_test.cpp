// SPDX-License-Identifier: Apache-2.0
#include "daemon/view.hpp"

#include <gtest/gtest.h>

namespace device_agent::daemon {
namespace {

using identity::Identity;
using identity::Slot;

Slot filled(unsigned number, const Identity& identity) {
    Slot slot;
    slot.number = number;
    slot.state = Slot::State::filled;
    slot.identity = identity;
    return slot;
}

class ViewTest : public ::testing::Test {
protected:
    ViewTest() {
        configuration.device_slot = 0;
        configuration.agent_slot = 1;
        configuration.agent_module_id = "dmModule";
        configuration.other_modules = {{"AppB", 2, false}, {"AppC", 3, false}};
        configuration.applications = {{"AppB", {{"appb"}, {}, {}}}};
        configuration.connection_string_expiry = std::chrono::seconds(3600);
        configuration.max_token_lifetime = std::chrono::seconds(600);
    }
    [[nodiscard]] app_api::ViewPointer view(const std::vector<Slot>& slots) const {
        return make_view(configuration, slots, changes);
    }

    const Identity device{"hub.test", "dev-1", std::nullopt};
    config::Configuration configuration;
    SlotChanges changes;
};

TEST_F(ViewTest, ServesWhatIsFilledAndNeverTheAgentsOwnIdentity) {
    const auto served = view({filled(0, device), filled(1, device.module_identity("dmModule")),
                              filled(2, device.module_identity("AppB"))});
    ASSERT_EQ(served->identities.size(), 2U);
    EXPECT_EQ(served->identities.at("AppB").slot.number, 2U);
    EXPECT_EQ(served->identities.at("$device").slot.identity, device);
    EXPECT_EQ(served->applications, configuration.applications);
}

TEST_F(ViewTest, AnAgentOnTheDeviceTwinKeepsIt) {
    configuration.agent_slot = 0;
    EXPECT_TRUE(view({filled(0, device)})->identities.empty());
}

TEST_F(ViewTest, DoesNotServeASlotThatHoldsAnotherIdentityThanTheWantedOne) {
    auto unfinished = filled(3, device.module_identity("AppC"));
    unfinished.state = Slot::State::unfinished;
    EXPECT_TRUE(view({filled(0, device.module_identity("AppX")), filled(2, device.module_identity("AppC")),
                      unfinished})
                    ->identities.empty());
}

TEST_F(ViewTest, ATokenForWhichNobodyAskedOtherwiseLivesNoLongerThanAnyMay) {
    const auto served = view({});
    EXPECT_EQ(served->max_token_life, std::chrono::seconds(600));
    EXPECT_EQ(served->default_token_life, std::chrono::seconds(600));
}

TEST_F(ViewTest, AnotherKeyInTheSlotIsToldByAnotherNumber) {
    const std::vector slots{filled(2, device.module_identity("AppB"))};
    const auto before = view(slots)->identities.at("AppB");
    changes.note(2, slots[0].identity, false);
    EXPECT_EQ(view(slots)->identities.at("AppB"), before);
    changes.note(2, slots[0].identity, true);
    EXPECT_NE(view(slots)->identities.at("AppB").key_id, before.key_id);
}

}  // namespace
}  // namespace device_agent::daemon
