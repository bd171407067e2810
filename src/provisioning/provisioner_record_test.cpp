// SPDX-License-Identifier: Apache-2.0
// What the provisioner remembers between runs, and what it does without: the record, and pruning by it.
#include "tests/support/provisioner_fixture.hpp"

#include <fstream>

namespace device_agent::provisioning {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(ProvisionedTest, ALostRecordCostsNoRegistrationAndIsMadeAgain) {
    std::filesystem::remove(folder.path() / "record.json");
    provision();
    EXPECT_THAT(journal, IsEmpty());
    EXPECT_EQ(record(), (Record{"machine-1", goal.desired.binding, {}, {}, device.text()}));
    goal.desired.binding.endpoint = "other-dps.test";  // and a change is noticed again
    provision();
    EXPECT_EQ(journal.at(1), "other-dps.test register");
}

TEST_F(ProvisionedTest, AnOlderDeviceIdentityInAnotherSlotLeadsToOneRegistration) {
    slots.filled[5] = {{"hub-0.test", "dev-1", std::nullopt}, SecretBytes(32, 9)};
    goal.desired.device_slot = 5;
    EXPECT_EQ(std::get<RegisterDevice>(Provisioner(goal, services()).look_and_plan().actions.front()).why,
              "the slot holds hub-0.test/dev-1, and this device was assigned hub-1.test/dev-1");
    provision();
    EXPECT_THAT(journal, ElementsAre("room 5", "dps.test register", "stage 5", "hub-1.test list", "finish 5",
                                     "erase 0"));
    EXPECT_TRUE(works(5, device));
    provision();
    EXPECT_THAT(journal, IsEmpty());
}

TEST_F(ProvisionedTest, ARecordThatDoesNotNameTheDeviceCostsNoRegistrationAndIsCompleted) {
    auto older = record();
    older.device.clear();
    write_record(folder.path(), older);
    provision();
    EXPECT_THAT(journal, IsEmpty());
    EXPECT_EQ(record().device, device.text());
}

TEST_F(ProvisionedTest, ADeviceThatTookItsSlotBeforeTheRecordWasWrittenIsNotRegisteredAgain) {
    cloud.assigned_hub = "hub-2.test";
    goal.desired.register_anew = true;
    interrupt_at("finish 0 1 2");
    goal.desired.register_anew = false;
    for (auto& [number, content] : slots.staged)
        slots.filled[number] = content;
    slots.staged.clear();
    provision();
    EXPECT_THAT(journal, IsEmpty());
    EXPECT_EQ(record().device, "hub-2.test/dev-1");
}

TEST_F(ProvisionedTest, ARecordOfAnotherMachineIsNamedAndNotUsed) {
    goal.machine = "machine-2";
    goal.desired.binding.id_scope = "0ne2";  // what the other one's record says does not count
    EXPECT_THAT(log_of([&] { provision(); }), HasSubstr("this disk was copied from another machine"));
    EXPECT_THAT(journal, IsEmpty());
    EXPECT_EQ(record(), (Record{"machine-2", goal.desired.binding, {}, {}, device.text()}));
    EXPECT_THAT(log_of([&] { provision(); }), IsEmpty());
}

TEST_F(ProvisionedTest, ARecordThatNamesNoMachineIsOurs) {
    auto unnamed = record();
    unnamed.machine.clear();
    write_record(folder.path(), unnamed);
    goal.desired.binding.id_scope = "0ne2";
    EXPECT_THAT(log_of([&] { provision(); }), IsEmpty());
    EXPECT_THAT(journal, Not(IsEmpty()));  // it says that the scope has changed
    EXPECT_EQ(record().machine, "machine-1");
}

TEST_F(ProvisionerTest, ARecordThatCannotBeWrittenIsAWarning) {
    std::filesystem::create_directory(folder.path() / "record.json");
    std::ofstream(folder.path() / "record.json" / "full") << "so that nothing can be renamed over it";
    Services unrecorded = services();
    unrecorded.state_directory = folder.path() / "absent";
    const auto log = log_of([&] { Provisioner(goal, unrecorded).provision(context); });
    EXPECT_THAT(log, HasSubstr("the record cannot be written"));
    expect_scenario_on(device);
}

TEST_F(ProvisionerTest, ACreatedModuleIsOnRecordBeforeAnythingElseHappens) {
    interrupt_at("hub-1.test create AppB");
    EXPECT_EQ(record().created_modules, (std::map<std::string, std::string>{{"dmModule", "1"}}));
    interrupt_at("stage 1 2");
    EXPECT_EQ(record().created_modules.size(), 2U);
    provision();
    expect_scenario_on(device);
    EXPECT_EQ(record().created_modules.size(), 2U);
}

TEST_F(ProvisionerTest, WhatWasStagedForAnotherConfigurationIsRegisteredAgain) {
    interrupt_at("hub-1.test list");
    EXPECT_TRUE(slots.staged.contains(0));
    EXPECT_EQ(record().staged_binding, goal.desired.binding);
    goal.desired.binding.registration_id = "reg-2";
    cloud.device = "dev-2";
    provision();
    expect_scenario_on({"hub-1.test", "dev-2", std::nullopt});
    EXPECT_EQ(record().binding, goal.desired.binding);
    EXPECT_FALSE(record().staged_binding);
}

TEST_F(ProvisionedTest, AConfigurationThatIsTakenBackLeavesTheDeviceAsItWas) {
    const auto before = goal.desired.binding;
    goal.desired.binding.registration_id = "reg-2";
    cloud.assigned_hub = "hub-2.test";
    interrupt_at("hub-2.test list");
    cloud.hubs["hub-1.test"].device_key =
        slots.filled.at(0).key;  // it was made anew by hand, with its old key
    goal.desired.binding = before;
    goal.desired.modules = {{"AppC", 7}};
    provision();
    EXPECT_THAT(journal, ElementsAre("room 7", "discard 0", "room 7", "hub-1.test list",
                                     "hub-1.test create AppC", "stage 7", "finish 7"));
    EXPECT_TRUE(works(0, device));
}

TEST_F(ProvisionerTest, TheRecordNeverTellsOfAnotherAssignmentThanTheStagedOne) {
    interrupt_at("hub-1.test list");
    goal.desired.binding.registration_id = "reg-2";
    interrupt_at("stage 0");
    EXPECT_FALSE(record().staged_binding);
}

TEST_F(ProvisionedTest, ARemovedModuleStaysUntilItIsPruned) {
    goal.desired.modules = {{"dmModule", 1}};
    provision();
    EXPECT_THAT(journal, IsEmpty());
    goal.desired.prune = true;
    provision();
    EXPECT_THAT(journal, ElementsAre("hub-1.test list", "hub-1.test delete AppB", "erase 2"));
    EXPECT_THAT(progress, ElementsAre("removed module 'AppB'"));
    EXPECT_FALSE(cloud.hubs["hub-1.test"].modules.contains("AppB"));
    EXPECT_EQ(record().created_modules.count("AppB"), 0U);
    EXPECT_EQ(record().created_modules.count("dmModule"), 1U);
    provision();
    EXPECT_THAT(journal, IsEmpty());
}

TEST_F(ProvisionedTest, PruneLeavesAModuleOfAnotherGenerationInTheHub) {
    goal.desired.modules = {{"dmModule", 1}};
    goal.desired.prune = true;
    cloud.create("hub-1.test", "AppB");  // deleted there, and made again by somebody else
    provision();
    EXPECT_THAT(journal, ElementsAre("hub-1.test list", "erase 2"));
    EXPECT_THAT(progress,
                ElementsAre("module 'AppB' is no longer the one that we created; the hub is left as it is"));
    EXPECT_TRUE(cloud.hubs["hub-1.test"].modules.contains("AppB"));
    EXPECT_EQ(record().created_modules.count("AppB"), 0U);
}

TEST_F(ProvisionedTest, PruneOfAModuleThatIsGoneEmptiesItsSlot) {
    goal.desired.modules = {{"dmModule", 1}};
    goal.desired.prune = true;
    cloud.hubs["hub-1.test"].modules.erase("AppB");
    provision();
    EXPECT_THAT(journal, ElementsAre("hub-1.test list", "erase 2"));
}

TEST_F(ProvisionedTest, PruneTakesEveryModuleThatNobodyWants) {
    goal.desired.modules.clear();
    goal.desired.prune = true;
    provision();
    EXPECT_TRUE(cloud.hubs["hub-1.test"].modules.empty());
    EXPECT_EQ(slots.filled.size(), 1U);
    EXPECT_TRUE(works(0, device));
    EXPECT_TRUE(record().created_modules.empty());
}

}  // namespace
}  // namespace device_agent::provisioning
