// SPDX-License-Identifier: Apache-2.0
// Applying a plan when nothing goes wrong: what is done, in which order, and what is told.
#include "tests/support/provisioner_fixture.hpp"

#include <nlohmann/json.hpp>

namespace device_agent::provisioning {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(ProvisionerTest, StagesEverythingBeforeAnythingTakesItsSlot) {
    provision();
    expect_scenario_on(device);
    EXPECT_THAT(journal, ElementsAre("room 0 1 2", "dps.test register", "stage 0",                 //
                                     "room 1 2", "hub-1.test list", "hub-1.test create dmModule",  //
                                     "hub-1.test create AppB", "stage 1 2", "finish 0 1 2"));
    EXPECT_EQ(cloud.connections, 2U);
}

TEST_F(ProvisionerTest, TellsEachStepAsItIsDone) {
    provision();
    EXPECT_THAT(progress,
                ElementsAre("registering 'reg-1' with DPS dps.test",
                            "DPS assigned hub hub-1.test, device dev-1", "created module 'dmModule'",
                            "created module 'AppB'", "slot 0 holds hub-1.test/dev-1; the hub accepts its key",
                            "slot 1 holds hub-1.test/dev-1/dmModule", "slot 2 holds hub-1.test/dev-1/AppB"));
}

TEST_F(ProvisionerTest, RecordsWhatItWasAssignedForAndWhatItCreated) {
    provision();
    EXPECT_EQ(
        record(),
        (Record{"machine-1", goal.desired.binding, {}, {{"dmModule", "1"}, {"AppB", "2"}}, device.text()}));
}

TEST_F(ProvisionerTest, ADeviceWithoutModulesProvesItsKeyBeforeItTakesItsSlot) {
    goal.desired.modules.clear();
    provision();
    EXPECT_TRUE(works(0, device));
    EXPECT_THAT(journal,
                ElementsAre("room 0", "dps.test register", "stage 0", "hub-1.test list", "finish 0"));
}

TEST_F(ProvisionerTest, RegistersByTheConfiguredIdAndSendsThePayload) {
    goal.payload = R"({"site":7})";
    provision();
    const auto sent = nlohmann::json::parse(cloud.registration);
    EXPECT_EQ(sent.at("registrationId"), "reg-1");
    EXPECT_EQ(sent.at("payload").at("site"), 7);
}

TEST_F(ProvisionerTest, TalksToTheHubAtTheConfiguredPortByATokenOfOneHour) {
    provision();
    EXPECT_EQ(cloud.hub_authority, "hub-1.test");
    EXPECT_EQ(cloud.token_expires - clock.now().time_since_epoch().count(), 3600);
    slots = {};
    goal.hub_port = 8443;
    provision();
    EXPECT_EQ(cloud.hub_authority, "hub-1.test:8443");
}

TEST_F(ProvisionedTest, ASecondRunReachesNobody) {
    const auto before = record();
    provision();
    EXPECT_THAT(journal, IsEmpty());
    EXPECT_THAT(progress, IsEmpty());
    EXPECT_EQ(record(), before);
}

TEST_F(ProvisionedTest, LookingAndPlanningReachesNobody) {
    journal.clear();
    slots.filled.erase(2);
    EXPECT_EQ(Provisioner(goal, services()).look_and_plan().actions.size(), 1U);
    EXPECT_THAT(journal, IsEmpty());
}

TEST_F(ProvisionedTest, AnAddedModuleCostsNoRegistration) {
    goal.desired.modules.push_back({"AppC", 7});
    provision();
    expect_scenario_on(device);
    EXPECT_TRUE(works(7, device.module_identity("AppC")));
    EXPECT_THAT(journal,
                ElementsAre("room 7", "hub-1.test list", "hub-1.test create AppC", "stage 7", "finish 7"));
    EXPECT_EQ(record().created_modules.at("AppC"), "3");
}

TEST_F(ProvisionedTest, AModuleThatExistsKeepsItsKeysAndIsNotCountedAsOurs) {
    goal.desired.modules.push_back({"AppC", 7});
    const auto key = cloud.create("hub-1.test", "AppC").primary_key;
    provision();
    EXPECT_EQ(slots.filled.at(7).key, key);
    EXPECT_THAT(journal, ElementsAre("room 7", "hub-1.test list", "stage 7", "finish 7"));
    EXPECT_THAT(progress, ElementsAre("module 'AppC' is in the hub already; its keys and its twin are kept",
                                      "slot 7 holds hub-1.test/dev-1/AppC"));
    EXPECT_FALSE(record().created_modules.contains("AppC"));
}

TEST_F(ProvisionedTest, ModulesThatSwapTheirSlotsKeepTheirKeys) {
    goal.desired.modules = {{"dmModule", 2}, {"AppB", 1}};
    provision();
    EXPECT_TRUE(works(2, device.module_identity("dmModule")));
    EXPECT_TRUE(works(1, device.module_identity("AppB")));
    EXPECT_EQ(cloud.hubs["hub-1.test"].modules.size(), 2U);
}

TEST_F(ProvisionedTest, AModuleThatMovesLeavesItsSlotEmpty) {
    goal.desired.modules = {{"dmModule", 1}, {"AppB", 5}};
    provision();
    EXPECT_TRUE(works(5, device.module_identity("AppB")));
    EXPECT_FALSE(slots.filled.contains(2));
    EXPECT_THAT(journal, ElementsAre("room 5", "hub-1.test list", "stage 5", "finish 5", "erase 2"));
    EXPECT_EQ(progress.back(), "emptied slot 2; hub-1.test/dev-1/AppB is in slot 5");
}

TEST_F(ProvisionedTest, ForgetsWhatWaitsAndIsNoLongerWanted) {
    slots.staged[2] = {device.module_identity("AppX"), SecretBytes(32, 9)};
    slots.staged[6] = {device.module_identity("AppY"), SecretBytes(32, 9)};
    provision();
    EXPECT_THAT(journal, ElementsAre("discard 2", "discard 6"));
    EXPECT_THAT(progress, ElementsAre("forgot hub-1.test/dev-1/AppX, which waited for slot 2",
                                      "forgot hub-1.test/dev-1/AppY, which waited for slot 6"));
    expect_scenario_on(device);
}

TEST_F(ProvisionerTest, FinishesWhatAnInterruptedRunHasStaged) {
    interrupt_at("finish 0 1 2");
    EXPECT_FALSE(record().binding);
    provision();
    expect_scenario_on(device);
    EXPECT_THAT(journal, ElementsAre("hub-1.test list", "finish 0 1 2"));
    EXPECT_EQ(record().binding, goal.desired.binding);
}

TEST_F(ProvisionedTest, TakesAModulesSlotWithoutAskingTheHubAgain) {
    slots.staged.insert(slots.filled.extract(2));
    provision();
    expect_scenario_on(device);
    EXPECT_THAT(journal, ElementsAre("finish 2"));
    EXPECT_THAT(progress, ElementsAre("slot 2 holds hub-1.test/dev-1/AppB"));
}

TEST_F(ProvisionerTest, NothingIsTouchedWhileASlotHoldsSomebodyElsesThings) {
    slots.foreign[1] = "the TPM holds a key but no identity";
    slots.foreign[2] = "it is another program's";
    const auto error = failure();
    EXPECT_EQ(error.code(), ErrorCode::tpm);
    EXPECT_THAT(error.what(),
                HasSubstr("slot 1 cannot be used: the TPM holds a key but no identity; move our slots"));
    EXPECT_THAT(journal, IsEmpty());
}

TEST_F(ProvisionerTest, NobodyIsAskedBeforeThereIsRoom) {
    slots.room = false;
    EXPECT_EQ(failure().code(), ErrorCode::state);
    EXPECT_THAT(journal, ElementsAre("room 0 1 2"));
}

TEST_F(ProvisionedTest, NoRoomIsNeededToEmptyASlot) {
    slots.room = false;
    slots.staged[6] = {device.module_identity("AppY"), SecretBytes(32, 9)};
    slots.filled[7] = slots.filled[2];
    goal.verify = true;
    slots.filled.erase(7);
    provision();
    EXPECT_THAT(journal, ElementsAre("discard 6", "hub-1.test list"));
}

}  // namespace
}  // namespace device_agent::provisioning
