// SPDX-License-Identifier: Apache-2.0
// Applying a plan when the services say no, or when the world has changed behind the slots.
#include "tests/support/provisioner_fixture.hpp"

#include <algorithm>

namespace device_agent::provisioning {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const identity::Identity moved{"hub-2.test", "dev-1", std::nullopt};

TEST_F(ProvisionedTest, ReprovisionFollowsTheDeviceToAnotherHubWithAllItsModules) {
    cloud.assigned_hub = "hub-2.test";
    goal.desired.register_anew = true;
    provision();
    expect_scenario_on(moved);
    EXPECT_THAT(journal, ElementsAre("room 0", "dps.test register", "stage 0",                     //
                                     "room 1 2", "hub-2.test list", "hub-2.test create dmModule",  //
                                     "hub-2.test create AppB", "stage 1 2", "finish 0 1 2"));
}

TEST_F(ProvisionedTest, ReprovisionOfADeviceThatStaysChangesNothingThatApplicationsSee) {
    goal.desired.register_anew = true;
    provision();
    expect_scenario_on(device);
    EXPECT_THAT(journal,
                ElementsAre("room 0", "dps.test register", "stage 0", "hub-1.test list", "finish 0"));
}

TEST_F(ProvisionedTest, AChangedBindingRegistersAndIsRecordedWhenTheSlotIsTaken) {
    goal.desired.binding.id_scope = "0ne2";
    interfere = [&](const std::string& line) {
        if (line == "finish 0") {
            EXPECT_EQ(record().binding->id_scope, "0ne1");
        }
    };
    provision();
    EXPECT_EQ(record().binding, goal.desired.binding);
    EXPECT_THAT(journal, Contains("dps.test register"));
    expect_scenario_on(device);
}

TEST_F(ProvisionedTest, ADeviceThatItsHubRefusesRegistersAgainAndComesBack) {
    cloud.hubs["hub-1.test"] = {};
    goal.desired.modules.push_back({"AppC", 7});
    std::string log;
    ASSERT_NO_THROW(log = log_of([&] { provision(); }));
    expect_scenario_on(device);
    EXPECT_TRUE(works(7, device.module_identity("AppC")));
    EXPECT_EQ(std::ranges::count(journal, "dps.test register"), 1);
    EXPECT_THAT(log, HasSubstr("registering with DPS again"));
}

TEST_F(ProvisionedTest, AStagedDeviceThatItsHubRefusesIsForgottenAndRegisteredAgain) {
    goal.desired.register_anew = true;
    interrupt_at("hub-1.test list");
    goal.desired.register_anew = false;
    slots.staged.at(0).key = SecretBytes(32, 0xEE);  // it was replaced in the hub since
    provision();
    expect_scenario_on(device);
    EXPECT_THAT(journal, ElementsAre("hub-1.test list", "discard 0", "room 0", "dps.test register", "stage 0",
                                     "hub-1.test list", "finish 0"));
}

TEST_F(ProvisionerTest, AnAssignmentThatTheHubRefusesIsAnErrorAndIsForgotten) {
    cloud.knows_assigned = false;
    const auto error = failure();
    EXPECT_EQ(error.code(), ErrorCode::refused);
    EXPECT_THAT(error.what(), HasSubstr("hub hub-1.test refused"));
    EXPECT_EQ(std::ranges::count(journal, "dps.test register"), 1);
    EXPECT_EQ(journal.back(), "discard 0");
    EXPECT_TRUE(slots.filled.empty());
    EXPECT_TRUE(slots.staged.empty());
}

TEST_F(ProvisionedTest, ADeviceThatWasMadeAnewInItsHubGetsItsModulesBackBeforeAnySlotChanges) {
    cloud.hubs["hub-1.test"] = {};
    goal.desired.register_anew = true;
    provision();
    expect_scenario_on(device);
    EXPECT_THAT(journal, ElementsAre("room 0", "dps.test register", "stage 0", "hub-1.test list", "room 1 2",
                                     "hub-1.test create dmModule", "hub-1.test create AppB", "stage 1 2",
                                     "finish 0 1 2"));
}

TEST_F(ProvisionerTest, WhatAnInterruptedRunStagedIsComparedWithTheHubBeforeItTakesItsSlot) {
    interrupt_at("finish 0 1 2");
    EXPECT_EQ(slots.staged.size(), 3U);
    cloud.hubs["hub-1.test"] = {};
    provision();
    expect_scenario_on(device);
    EXPECT_EQ(std::ranges::count(journal, "finish 0 1 2"), 1);
}

TEST_F(ProvisionedTest, WhatTheHubNoLongerAcceptsStaysUntilDpsAnswers) {
    cloud.hubs["hub-1.test"] = {};
    cloud.enrolled = false;
    goal.verify = true;
    const auto before = slots.filled.at(0).key;
    const auto error = failure();
    EXPECT_EQ(error.code(), ErrorCode::refused);
    EXPECT_THAT(error.what(), HasSubstr("DPS dps.test refused"));
    EXPECT_EQ(slots.filled.at(0).key, before);
    EXPECT_EQ(slots.filled.size(), 3U);
    EXPECT_THAT(journal, ElementsAre("hub-1.test list", "room 0", "dps.test register"));
}

TEST_F(ProvisionedTest, ADeviceThatIsRefusedWhileModulesAreCreatedRegistersAgain) {
    goal.desired.modules.push_back({"AppC", 7});
    interfere = [&](const std::string& line) {
        if (line != "hub-1.test create AppC") return;
        cloud.assigned_hub = "hub-2.test";
        cloud.hubs["hub-1.test"] = {};
        interfere = [](const std::string&) {};
    };
    provision();
    expect_scenario_on(moved);
    EXPECT_TRUE(works(7, moved.module_identity("AppC")));
}

TEST_F(ProvisionerTest, AnEnrollmentWithoutTpmIsAnError) {
    cloud.enrolled_by_tpm = false;
    const auto error = failure();
    EXPECT_EQ(error.code(), ErrorCode::network);
    EXPECT_THAT(error.what(), HasSubstr("without a key for its TPM"));
    EXPECT_TRUE(slots.staged.empty());
}

TEST_F(ProvisionerTest, AModuleThatTheHubRefusesDoesNotHoldUpTheOthers) {
    goal.desired.modules = {{"Bad1", 3}, {"AppB", 2}, {"Bad2", 4}, {"dmModule", 1}};
    cloud.hubs["hub-1.test"].refused = {"Bad1", "Bad2"};
    std::optional<Error> error;
    const auto log = log_of([&] { error = failure(); });
    EXPECT_EQ(error->code(), ErrorCode::refused);
    EXPECT_THAT(error->what(), HasSubstr("module 'Bad1'"));  // the first one
    expect_scenario_on(device);
    EXPECT_FALSE(slots.filled.contains(3));
    EXPECT_THAT(log,
                AllOf(HasSubstr("the others go on module=Bad1"), HasSubstr("the others go on module=Bad2")));
    // It counts as provisioned all the same: the next run asks for the missing ones alone.
    EXPECT_EQ(record().binding, goal.desired.binding);
    EXPECT_THAT(failure().what(), HasSubstr("module 'Bad1'"));
    EXPECT_THAT(journal, ElementsAre("room 3 4", "hub-1.test list", "hub-1.test create Bad1",
                                     "hub-1.test create Bad2"));
}

TEST_F(ProvisionerTest, AModuleThatAuthenticatesOtherwiseIsRefusedByName) {
    cloud.create("hub-1.test", "AppB").authentication = "selfSigned";
    const auto error = failure();
    EXPECT_EQ(error.code(), ErrorCode::refused);
    EXPECT_THAT(error.what(), HasSubstr("module 'AppB' of device 'dev-1' authenticates by 'selfSigned'"));
    EXPECT_TRUE(works(1, device.module_identity("dmModule")));
    EXPECT_FALSE(slots.filled.contains(2));
}

TEST_F(ProvisionerTest, AnErrorThatIsNotAboutOneModuleEndsTheRun) {
    interfere = [](const std::string& line) {
        if (line == "hub-1.test create dmModule") throw Error(ErrorCode::tpm, "the TPM is gone");
    };
    EXPECT_STREQ(failure().what(), "the TPM is gone");
    EXPECT_THAT(journal, Not(Contains("hub-1.test create AppB")));
    EXPECT_TRUE(slots.staged.contains(0));  // what is staged is finished by the next run
    interfere = [](const std::string&) {};
    provision();
    EXPECT_THAT(journal, Not(Contains("dps.test register")));
    expect_scenario_on(device);
}

TEST_F(ProvisionerTest, AStopBetweenTwoModulesEndsTheRun) {
    interfere = [&](const std::string& line) {
        if (line == "hub-1.test create dmModule") stop.request_stop();
    };
    EXPECT_EQ(failure().code(), ErrorCode::cancelled);
    EXPECT_THAT(journal, Not(Contains("hub-1.test create AppB")));
}

TEST_F(ProvisionerTest, AStopIsNoticedWhereNoRequestIsNeeded) {
    cloud.create("hub-1.test", "AppB");
    interfere = [&](const std::string& line) {
        if (line == "hub-1.test create dmModule") stop.request_stop();
    };
    EXPECT_EQ(failure().code(), ErrorCode::cancelled);
    EXPECT_EQ(journal.back(), "hub-1.test create dmModule");
}

TEST_F(ProvisionerTest, AStopBeforeTheRunReachesNobody) {
    stop.request_stop();
    EXPECT_EQ(failure().code(), ErrorCode::cancelled);
    EXPECT_TRUE(journal.empty());
    EXPECT_TRUE(slots.staged.empty());
}

TEST_F(ProvisionerTest, SlotsThatNeverFillEndWithAnErrorOfOurs) {
    interfere = [&](const std::string& line) {
        if (line.starts_with("finish")) slots.staged.clear();
    };
    const auto error = failure();
    EXPECT_EQ(error.code(), ErrorCode::internal);
    EXPECT_THAT(error.what(), HasSubstr("after 16 rounds"));
    // Register, obtain, take; five times, and once more.
    EXPECT_EQ(std::ranges::count(journal, "dps.test register"), 6);
    EXPECT_EQ(std::ranges::count(journal, "room 1 2"), 5);
    EXPECT_EQ(std::ranges::count(journal, "hub-1.test list"), 5);  // each registration is proven anew
}

TEST_F(ProvisionedTest, AModuleThatIsRefusedToADeviceMadeAnewDoesNotHoldUpTheOthers) {
    cloud.hubs["hub-1.test"] = {};
    cloud.hubs["hub-1.test"].refused = {"AppB"};
    goal.desired.register_anew = true;
    EXPECT_THAT(failure().what(), HasSubstr("module 'AppB'"));
    EXPECT_TRUE(works(0, device));
    EXPECT_TRUE(works(1, device.module_identity("dmModule")));
}

TEST_F(ProvisionedTest, AModuleThatTheNewHubRefusesHoldsUpNoMoveAndKeepsNoOldIdentity) {
    cloud.assigned_hub = "hub-2.test";
    cloud.hubs["hub-2.test"].refused = {"AppB"};
    goal.desired.register_anew = true;
    EXPECT_THAT(failure().what(), HasSubstr("module 'AppB'"));
    EXPECT_TRUE(works(0, moved));
    EXPECT_TRUE(works(1, moved.module_identity("dmModule")));
    EXPECT_FALSE(slots.filled.contains(2));
    EXPECT_THAT(progress, Contains("emptied slot 2; hub-1.test/dev-1/AppB is of no use, since the device is "
                                   "hub-2.test/dev-1 now"));
    // Before the others take theirs: no two slots point to two hubs.
    const Lines last(journal.end() - 2, journal.end());
    EXPECT_THAT(last, ElementsAre("erase 2", "finish 0 1"));
    // It does not look provisioned, and the next run gets it when it may be had.
    goal.desired.register_anew = false;
    EXPECT_EQ(Provisioner(goal, services()).look_and_plan().actions.size(), 1U);
    cloud.hubs["hub-2.test"].refused.clear();
    provision();
    expect_scenario_on(moved);
}

// --- verify

TEST_F(ProvisionedTest, VerifyOfWhatIsWellAsksOnceAndChangesNothing) {
    goal.verify = true;
    provision();
    EXPECT_THAT(journal, ElementsAre("hub-1.test list"));
    EXPECT_THAT(progress, ElementsAre("compared every slot with the hub"));
    EXPECT_EQ(cloud.connections, 3U);
}

TEST_F(ProvisionerTest, VerifyOfABlankDeviceProvisionsItAndComparesWithoutAnotherRequest) {
    goal.verify = true;
    provision();
    expect_scenario_on(device);
    EXPECT_EQ(std::ranges::count(journal, "hub-1.test list"), 1);
    EXPECT_EQ(progress.back(), "compared every slot with the hub");
}

TEST_F(ProvisionedTest, VerifyTakesTheSecondaryKeyForGood) {
    goal.verify = true;
    auto& module = cloud.hubs["hub-1.test"].modules.at("AppB");
    std::swap(module.primary_key, module.secondary_key);
    provision();
    EXPECT_THAT(journal, ElementsAre("hub-1.test list"));
}

TEST_F(ProvisionedTest, VerifyFindsARegeneratedKeyAndADeletedModule) {
    goal.verify = true;
    auto& modules = cloud.hubs["hub-1.test"].modules;
    modules.at("AppB").primary_key = SecretBytes(32, 0x77);
    modules.erase("dmModule");
    provision();
    expect_scenario_on(device);
    EXPECT_THAT(journal, ElementsAre("hub-1.test list", "room 1 2", "hub-1.test create dmModule", "stage 1 2",
                                     "finish 1 2"));
}

TEST_F(ProvisionedTest, VerifyReplacesAKeyThatCannotBeUsed) {
    goal.verify = true;
    slots.auth_refused = {2};
    const auto log = log_of([&] { provision(); });
    EXPECT_THAT(log, HasSubstr("a slot's key cannot be used slot=2"));
    EXPECT_THAT(journal, ElementsAre("hub-1.test list", "room 2", "stage 2", "finish 2"));
}

TEST_F(ProvisionedTest, ThePlanTellsWhatVerifyHasFound) {
    goal.verify = true;
    slots.auth_refused = {2};
    cloud.hubs["hub-1.test"].modules.erase("dmModule");
    slots.room = false;
    Provisioner provisioner(goal, services());
    EXPECT_THROW(provisioner.provision(context), Error);
    const auto plan = provisioner.look_and_plan();
    ASSERT_EQ(plan.actions.size(), 2U);
    EXPECT_EQ(std::get<ObtainModule>(plan.actions[0]).why, "the hub has no such module");
    EXPECT_EQ(std::get<ObtainModule>(plan.actions[1]).why, "the hub has another key for it");
}

TEST_F(ProvisionedTest, VerifyNamesAModuleThatWasSwitchedToCertificates) {
    goal.verify = true;
    cloud.hubs["hub-1.test"].modules.at("AppB").authentication = "certificateAuthority";
    const auto error = failure();
    EXPECT_EQ(error.code(), ErrorCode::refused);
    EXPECT_THAT(error.what(), HasSubstr("authenticates by 'certificateAuthority'"));
    EXPECT_TRUE(slots.filled.contains(2));  // what it holds is not ours to judge
}

TEST_F(ProvisionedTest, VerifyNamesAModuleWhoseKeysAreMalformedAndKeepsItsSlot) {
    goal.verify = true;
    cloud.hubs["hub-1.test"].modules.at("AppB").malformed_keys = true;
    std::optional<Error> error;
    const auto log = log_of([&] { error = failure(); });
    EXPECT_EQ(error->code(), ErrorCode::network);
    EXPECT_THAT(log, HasSubstr("the others go on module=AppB"));
    EXPECT_THAT(journal, ElementsAre("hub-1.test list", "room 2"));
    EXPECT_TRUE(slots.filled.contains(2));
    EXPECT_TRUE(works(1, device.module_identity("dmModule")));
}

TEST_F(ProvisionedTest, VerifyRegistersADeviceThatWasDeletedAndBringsItsModulesBack) {
    goal.verify = true;
    cloud.hubs["hub-1.test"] = {};
    provision();
    expect_scenario_on(device);
    EXPECT_EQ(std::ranges::count(journal, "dps.test register"), 1);
    EXPECT_EQ(std::ranges::count(progress, "compared every slot with the hub"), 1);
}

TEST_F(ProvisionedTest, WhatWasSeenInTheHubBeforeTheDeviceWasMadeAnewDoesNotCount) {
    goal.verify = true;
    cloud.hubs["hub-1.test"].modules.erase("dmModule");
    interfere = [&](const std::string& line) {
        if (line != "hub-1.test create dmModule") return;
        cloud.hubs["hub-1.test"] = {};  // with AppB, which was seen to be well
        interfere = [](const std::string&) {};
    };
    provision();
    expect_scenario_on(device);
}

TEST_F(ProvisionedTest, VerifyLearnsOfADeviceThatMovedToAnotherHub) {
    goal.verify = true;
    cloud.hubs["hub-1.test"] = {};
    cloud.assigned_hub = "hub-2.test";
    provision();
    expect_scenario_on(moved);
}

TEST_F(ProvisionedTest, OfTwoCopiesTheOneIsKeptThatTheHubKnows) {
    slots.filled[5] = {device.module_identity("AppB"), SecretBytes(32, 0x99)};
    std::swap(slots.filled[5], slots.filled[2]);
    provision();
    expect_scenario_on(device);
    EXPECT_FALSE(slots.filled.contains(5));
    EXPECT_THAT(journal, ElementsAre("room 2", "hub-1.test list", "stage 2", "finish 2", "erase 5"));
}

}  // namespace
}  // namespace device_agent::provisioning
