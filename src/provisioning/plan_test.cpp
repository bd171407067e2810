// SPDX-License-Identifier: Apache-2.0
#include "provisioning/plan.hpp"

#include <gtest/gtest.h>

namespace device_agent::provisioning {
namespace {

using identity::Identity;
using identity::Slot;

const Binding binding{"dps.test", "0ne1", "dev-1", "tpm"};
const Identity device{"hub.test", "dev-1", std::nullopt};

Slot empty(unsigned number) {
    return {number, Slot::State::empty, identity::KeyPlace::tpm, {}, {}, {}};
}
Slot holding(unsigned number, const Identity& who) {
    return {number, Slot::State::filled, identity::KeyPlace::tpm, who, {}, {}};
}
Slot staged(Slot slot, const Identity& who) {
    slot.staged = who;
    return slot;
}

// The scenario: the device in slot 0, the agent in slot 1, application B in slot 2.
Desired scenario() {
    return {binding, 0, {{"dmModule", 1}, {"AppB", 2}}};
}

std::vector<std::string> lines(const Plan& plan) {
    std::vector<std::string> text;
    for (const auto& action : plan.actions)
        text.push_back(describe(action));
    return text;
}

std::vector<std::string> plan_lines(const Found& found, const Desired& desired = scenario()) {
    return lines(make_plan(desired, found));
}

TEST(Plan, AFreshDeviceRegistersAndObtainsEveryModuleInOrder) {
    EXPECT_EQ(plan_lines({{empty(0), empty(1), empty(2)}, std::nullopt}),
              (std::vector<std::string>{
                  "register the device with DPS and keep its identity in slot 0 (the slot is empty)",
                  "have module 'dmModule' in the hub and keep its identity in slot 1 (the slot is empty)",
                  "have module 'AppB' in the hub and keep its identity in slot 2 (the slot is empty)",
              }));
}

TEST(Plan, AProvisionedDeviceHasNothingToDo) {
    const std::vector slots{holding(0, device), holding(1, device.module_identity("dmModule")),
                            holding(2, device.module_identity("AppB"))};
    EXPECT_TRUE(make_plan(scenario(), {slots, binding}).empty());
    // Without a record the slots are the truth: a TPM that an older agent provisioned stays provisioned.
    EXPECT_TRUE(make_plan(scenario(), {slots, std::nullopt}).empty());
}

TEST(Plan, ADeviceThatAttestsByACertificateDoesNotKeepAKey) {
    auto desired = scenario();
    desired.binding.attestation = "x509";
    auto slots = std::vector{holding(0, device), holding(1, device.module_identity("dmModule")),
                             holding(2, device.module_identity("AppB"))};
    EXPECT_EQ(
        plan_lines({slots, std::nullopt}, desired),
        (std::vector<std::string>{"register the device with DPS and keep its identity in slot 0 (the slot "
                                  "holds a key, and the device attests by a certificate)"}));
    EXPECT_EQ(plan_lines({slots, binding}, desired),
              (std::vector<std::string>{"register the device with DPS and keep its identity in slot 0 (the "
                                        "attestation changed from 'tpm' to 'x509')"}));
    slots[0].place = identity::KeyPlace::certificate;
    EXPECT_TRUE(make_plan(desired, {slots, std::nullopt}).empty());
}

TEST(Plan, AnAddedModuleNeedsNoRegistration) {
    EXPECT_EQ(
        plan_lines({{holding(0, device), holding(1, device.module_identity("dmModule")), empty(2)}, binding}),
        (std::vector<std::string>{
            "have module 'AppB' in the hub and keep its identity in slot 2 (the slot is empty)"}));
}

TEST(Plan, ASlotWithAnotherIdentityThanTheWantedOneDoesNotCount) {
    const auto other_device = Identity{"hub.test", "dev-2", std::nullopt};
    const auto plan = plan_lines({{holding(0, device), holding(1, device.module_identity("AppB")),
                                   holding(2, other_device.module_identity("AppB"))},
                                  binding});
    EXPECT_EQ(plan, (std::vector<std::string>{
                        "have module 'dmModule' in the hub and keep its identity in slot 1 (the slot holds "
                        "hub.test/dev-1/AppB)",
                        "have module 'AppB' in the hub and keep its identity in slot 2 (the slot holds "
                        "hub.test/dev-2/AppB)",
                    }));
}

TEST(Plan, AModuleInTheDeviceSlotIsNoDevice) {
    const auto plan =
        make_plan(scenario(), {{holding(0, device.module_identity("AppB")), empty(1), empty(2)}, binding});
    ASSERT_FALSE(plan.actions.empty());
    EXPECT_EQ(std::get<RegisterDevice>(plan.actions.front()).why,
              "the slot holds the module hub.test/dev-1/AppB");
}

TEST(Plan, EachPartOfAChangedBindingLeadsToARegistration) {
    const std::vector slots{holding(0, device), holding(1, device.module_identity("dmModule")),
                            holding(2, device.module_identity("AppB"))};
    const std::pair<Binding, const char*> changes[] = {
        {{"old.test", "0ne1", "dev-1", "tpm"}, "dpsUri changed from 'old.test' to 'dps.test'"},
        {{"dps.test", "0ne0", "dev-1", "tpm"}, "dpsScopeId changed from '0ne0' to '0ne1'"},
        {{"dps.test", "0ne1", "dev-0", "tpm"}, "the registration id changed from 'dev-0' to 'dev-1'"},
        {{"dps.test", "0ne1", "dev-1", "x509"}, "the attestation changed from 'x509' to 'tpm'"},
    };
    for (const auto& [recorded, why] : changes) {
        const auto plan = make_plan(scenario(), {slots, recorded});
        ASSERT_EQ(plan.actions.size(), 1U)
            << why;  // the modules may still fit: that is seen after the registration
        EXPECT_EQ(std::get<RegisterDevice>(plan.actions.front()).why, why);
    }
}

TEST(Plan, ARefusedDeviceRegistersEvenThoughItsSlotIsFilled) {
    Found found{{holding(0, device), empty(1), empty(2)}, binding};
    found.device_refused = true;
    EXPECT_EQ(plan_lines(found).front(),
              "register the device with DPS and keep its identity in slot 0 (the hub refuses the identity in "
              "the slot)");
}

TEST(Plan, NothingTakesItsSlotBeforeEverythingIsStaged) {
    Found found{{staged(empty(0), device), empty(1), staged(empty(2), device.module_identity("AppB"))},
                std::nullopt,
                binding};
    EXPECT_EQ(plan_lines(found),
              (std::vector<std::string>{
                  "have module 'dmModule' in the hub and keep its identity in slot 1 (the slot is empty)"}));
    found.slots[1] = staged(empty(1), device.module_identity("dmModule"));
    EXPECT_EQ(plan_lines(found), (std::vector<std::string>{
                                     "let hub.test/dev-1, which is ready, take slot 0",
                                     "let hub.test/dev-1/dmModule, which is ready, take slot 1",
                                     "let hub.test/dev-1/AppB, which is ready, take slot 2",
                                 }));
}

TEST(Plan, AModuleThatTheHubRefusesDoesNotHoldUpTheOthers) {
    Found found{{staged(empty(0), device), empty(1), staged(empty(2), device.module_identity("AppB"))},
                std::nullopt,
                binding};
    found.failed_modules = {"dmModule"};
    EXPECT_EQ(plan_lines(found), (std::vector<std::string>{
                                     "let hub.test/dev-1, which is ready, take slot 0",
                                     "let hub.test/dev-1/AppB, which is ready, take slot 2",
                                 }));
}

TEST(Plan, AMovedDeviceTakesItsModulesAlong) {
    const Identity moved{"other-hub.test", "dev-1", std::nullopt};
    Found found{{staged(holding(0, device), moved), holding(1, device.module_identity("dmModule")),
                 holding(2, device.module_identity("AppB"))},
                binding,
                binding};
    EXPECT_EQ(plan_lines(found), (std::vector<std::string>{
                                     "have module 'dmModule' in the hub and keep its identity in slot 1 (the "
                                     "slot holds hub.test/dev-1/dmModule)",
                                     "have module 'AppB' in the hub and keep its identity in slot 2 (the "
                                     "slot holds hub.test/dev-1/AppB)",
                                 }));
}

TEST(Plan, WhatTheHubSaysOfAModuleCounts) {
    Found found{{holding(0, device), holding(1, device.module_identity("dmModule")),
                 holding(2, device.module_identity("AppB"))},
                binding};
    found.hub = {{"dmModule", HubModule::absent}, {"AppB", HubModule::other_key}};
    EXPECT_EQ(
        plan_lines(found),
        (std::vector<std::string>{
            "have module 'dmModule' in the hub and keep its identity in slot 1 (the hub has no such module)",
            "have module 'AppB' in the hub and keep its identity in slot 2 (the hub has another key for it)",
        }));
    found.hub = {{"dmModule", HubModule::same_key}, {"AppB", HubModule::same_key}};
    EXPECT_TRUE(make_plan(scenario(), found).empty());
}

TEST(Plan, AStagedDeviceThatWasAssignedForSomethingElseIsNotTaken) {
    Found found{{staged(empty(0), device)}, std::nullopt, Binding{"dps.test", "0ne1", "dev-0", "tpm"}};
    const Desired desired{binding, 0, {}};
    EXPECT_EQ(plan_lines(found, desired),
              (std::vector<std::string>{
                  "register the device with DPS and keep its identity in slot 0 (the slot is empty)"}));
    found.staged_binding.reset();
    EXPECT_EQ(plan_lines(found, desired).size(), 1U);
    EXPECT_TRUE(std::holds_alternative<RegisterDevice>(make_plan(desired, found).actions.front()));
}

TEST(Plan, AStagedDeviceThatIsNotWantedIsForgottenBeforeTheHubIsAsked) {
    const Identity other{"hub.test", "dev-0", std::nullopt};
    const Found found{{staged(holding(0, device), other), empty(1), empty(2)},
                      binding,
                      Binding{"dps.test", "0ne1", "dev-0", "tpm"}};
    EXPECT_EQ(plan_lines(found).front(), "forget hub.test/dev-0, which waits for slot 0 (no longer wanted)");
}

TEST(Plan, WhatWaitsForItsSlotIsObtainedAgainWhenTheHubDoesNotKnowIt) {
    Found found{{staged(empty(0), device), staged(empty(1), device.module_identity("dmModule")),
                 staged(empty(2), device.module_identity("AppB"))},
                std::nullopt,
                binding};
    found.hub = {{"dmModule", HubModule::same_key}, {"AppB", HubModule::absent}};
    EXPECT_EQ(
        plan_lines(found),
        (std::vector<std::string>{
            "have module 'AppB' in the hub and keep its identity in slot 2 (the hub has no such module)"}));
}

TEST(Plan, RegistersAnewWhenAskedTo) {
    auto desired = scenario();
    desired.register_anew = true;
    const Found found{{holding(0, device), holding(1, device.module_identity("dmModule")),
                       holding(2, device.module_identity("AppB"))},
                      binding};
    EXPECT_EQ(plan_lines(found, desired),
              (std::vector<std::string>{
                  "register the device with DPS and keep its identity in slot 0 (asked for)"}));
}

TEST(Plan, NamesAClearedTpm) {
    const auto plan = make_plan(scenario(), {{empty(0), empty(1), empty(2)}, binding});
    EXPECT_NE(std::get<RegisterDevice>(plan.actions.front()).why.find("the TPM was cleared"),
              std::string::npos);
}

TEST(Plan, EmptiesTheSlotThatAnIdentityHasLeft) {
    const Desired moved{binding, 0, {{"dmModule", 1}, {"AppB", 5}}};
    Found found{{holding(0, device), holding(1, device.module_identity("dmModule")),
                 holding(2, device.module_identity("AppB")), empty(5)},
                binding};
    EXPECT_EQ(plan_lines(found, moved),
              (std::vector<std::string>{
                  "have module 'AppB' in the hub and keep its identity in slot 5 (the slot is empty)"}));
    found.slots[3] = holding(5, device.module_identity("AppB"));
    found.hub = {{"AppB", HubModule::same_key}};
    EXPECT_EQ(plan_lines(found, moved),
              (std::vector<std::string>{"empty slot 2 (hub.test/dev-1/AppB is in slot 5 now)"}));
}

TEST(Plan, AsksTheServiceWhichOfTwoCopiesIsGoodBeforeOneIsEmptied) {
    Found found{{holding(0, device), holding(1, device.module_identity("dmModule")),
                 holding(2, device.module_identity("AppB")), holding(5, device.module_identity("AppB"))},
                binding};
    const auto doubt = "another slot holds the same identity, and one of the keys may be an older one";
    auto plan = make_plan(scenario(), found);
    ASSERT_EQ(plan.actions.size(), 1U);
    EXPECT_EQ(std::get<ObtainModule>(plan.actions.front()).why, doubt);

    found.slots[3] = holding(5, device);
    plan = make_plan(scenario(), found);
    EXPECT_EQ(std::get<RegisterDevice>(plan.actions.front()).why, doubt);
    found.device_accepted = true;
    EXPECT_EQ(plan_lines(found),
              (std::vector<std::string>{"empty slot 5 (hub.test/dev-1 is in slot 0 now)"}));
}

TEST(Plan, ARemovedModuleStaysUnlessItIsToBePruned) {
    Desired desired{binding, 0, {{"dmModule", 1}}};
    Found found{{holding(0, device), holding(1, device.module_identity("dmModule")),
                 holding(2, device.module_identity("AppB"))},
                binding};
    found.created_modules = {{"AppB", "7"}, {"dmModule", "8"}};
    EXPECT_TRUE(make_plan(desired, found).empty());
    desired.prune = true;
    const auto plan = make_plan(desired, found);
    ASSERT_EQ(plan.actions.size(), 1U);
    const auto& prune = std::get<PruneModule>(plan.actions.front());
    EXPECT_EQ(prune.module, "AppB");
    EXPECT_EQ(prune.generation_id, "7");
    EXPECT_EQ(prune.slots, std::vector<unsigned>{2});
}

TEST(Plan, StagedContentThatIsNoLongerWantedIsForgottenAndTheSlotJudgedByWhatItHolds) {
    const auto app = device.module_identity("AppB");
    EXPECT_EQ(
        plan_lines({{holding(0, device), holding(1, device.module_identity("dmModule")),
                     staged(holding(2, app), device.module_identity("AppC"))},
                    binding}),
        (std::vector<std::string>{"forget hub.test/dev-1/AppC, which waits for slot 2 (no longer wanted)"}));
}

TEST(Plan, AForeignSlotStopsEverything) {
    auto foreign = empty(2);
    foreign.state = Slot::State::foreign;
    foreign.remark = "the TPM holds a key at 0x81000102 but no identity";
    const auto plan = make_plan(scenario(), {{holding(0, device), empty(1), foreign}, binding});
    ASSERT_EQ(plan.obstacles.size(), 1U);
    EXPECT_EQ(plan.obstacles.front(),
              "slot 2 cannot be used: the TPM holds a key at 0x81000102 but no identity");
    EXPECT_FALSE(plan.empty());
}

TEST(Plan, AnUnfinishedSlotIsFilledAnew) {
    auto half = empty(0);
    half.state = Slot::State::unfinished;
    half.remark = "the slot is unfinished";
    EXPECT_EQ(plan_lines({{half}, binding}, {binding, 0, {}}),
              (std::vector<std::string>{
                  "register the device with DPS and keep its identity in slot 0 (the slot is unfinished)"}));
}

}  // namespace
}  // namespace device_agent::provisioning
