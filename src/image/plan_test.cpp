// SPDX-License-Identifier: Apache-2.0
#include "image/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace device_agent::image {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;

Application app(const std::string& name) {
    Application application;
    application.declaration.name = name;
    application.declaration.origin = {"/usr/share/device-agent/applications/" + name + ".json", 1};
    application.declaration.units = {name + ".service"};
    return application;
}

Application candidate(const std::string& name) {
    auto application = app(name);
    application.confidence = Confidence::possible;
    return application;
}

Application with_slot(const std::string& name, unsigned slot) {
    auto application = app(name);
    application.declaration.slot = slot;
    return application;
}

Application with_priority(const std::string& name, unsigned priority) {
    auto application = app(name);
    application.declaration.priority = priority;
    return application;
}

Application on_device(const std::string& name) {
    auto application = app(name);
    application.declaration.device_identity = true;
    return application;
}

std::map<std::string, unsigned> slots(const Plan& plan) {
    std::map<std::string, unsigned> slots;
    for (const auto& assignment : plan.assignments) {
        if (assignment.slot) slots[assignment.application.name()] = *assignment.slot;
    }
    return slots;
}

// What a plan that must fail says.
std::string refusal(const std::vector<Application>& applications, const Lock& lock = {},
                    const BaseSlots& base = {}, const PlanOptions& options = {}) {
    try {
        static_cast<void>(plan(applications, lock, base, options));
    } catch (const config::ConfigurationError& error) {
        for (const auto& problem : error.problems())
            EXPECT_THAT(problem.remedy, Not(IsEmpty())) << problem.reason;
        return error.what();
    }
    ADD_FAILURE() << "planned";
    return "";
}

TEST(ImagePlan, NewApplicationsGetTheLowestFreeSlotsByPriorityAndName) {
    const auto result =
        plan({app("b"), app("a"), with_priority("last", 1), with_priority("first", 99)}, {}, {}, {});
    EXPECT_THAT(slots(result),
                ElementsAre(Pair("a", 3U), Pair("b", 4U), Pair("first", 2U), Pair("last", 5U)));
}

TEST(ImagePlan, TheOrderInWhichApplicationsAreFoundIsOfNoConsequence) {
    const auto one = plan({app("a"), app("b"), app("c")}, {}, {}, {});
    const auto other = plan({app("c"), app("a"), app("b")}, {}, {}, {});
    EXPECT_EQ(slots(one), slots(other));
    EXPECT_EQ(to_text(one.lock), to_text(other.lock));
}

TEST(ImagePlan, AnApplicationKeepsItsSlotWhoeverComesAndGoes) {
    const auto first = plan({app("a"), app("b"), app("c")}, {}, {}, {});
    const auto second = plan({with_priority("0", 99), app("c")}, first.lock, {}, {});
    EXPECT_THAT(slots(second), ElementsAre(Pair("0", 5U), Pair("c", 4U)));
    const auto third = plan({with_priority("0", 99), app("a"), app("b"), app("c")}, second.lock, {}, {});
    EXPECT_THAT(slots(third), ElementsAre(Pair("0", 5U), Pair("a", 2U), Pair("b", 3U), Pair("c", 4U)));
}

TEST(ImagePlan, AKeptSlotIsGivenAwayOnlyWhenNoOtherIsLeft) {
    PlanOptions options;
    options.last_slot = 3;
    const auto first = plan({app("a"), app("b")}, {}, {}, options);
    const auto second = plan({app("b"), app("c")}, first.lock, {}, options);
    EXPECT_THAT(slots(second), ElementsAre(Pair("b", 3U), Pair("c", 2U)));
    EXPECT_THAT(second.notes, ElementsAre(HasSubstr("kept for \"a\"")));
    EXPECT_THAT(second.lock.applications,
                ElementsAre(Pair("b", LockedSlot{3, false}), Pair("c", LockedSlot{2, false})));
    options.last_slot = 4;
    EXPECT_THAT(slots(plan({app("b"), app("c")}, first.lock, {}, options)),
                ElementsAre(Pair("b", 3U), Pair("c", 4U)));
}

TEST(ImagePlan, AForgottenApplicationLeavesItsSlot) {
    const auto first = plan({app("a"), app("b")}, {}, {}, {});
    PlanOptions options;
    options.forget = {"a"};
    EXPECT_THAT(slots(plan({app("b"), app("c")}, first.lock, {}, options)),
                ElementsAre(Pair("b", 3U), Pair("c", 2U)));
    EXPECT_THAT(refusal({app("a")}, first.lock, {}, options),
                HasSubstr("--forget a: the application is in the image"));
    options.forget = {"never"};
    EXPECT_THAT(refusal({app("a")}, first.lock, {}, options), HasSubstr("knows no such application"));
}

TEST(ImagePlan, ASlotThatAManifestAsksForIsGiven) {
    EXPECT_THAT(slots(plan({app("a"), with_slot("b", 2)}, {}, {}, {})),
                ElementsAre(Pair("a", 3U), Pair("b", 2U)));
    EXPECT_THAT(refusal({with_slot("a", 7), with_slot("b", 7)}),
                HasSubstr("slot: is slot 7, which is already that of \"a\""));
    EXPECT_THAT(refusal({with_slot("a", 1)}), HasSubstr("the agent's own module"));
}

TEST(ImagePlan, TheSlotOfALivingApplicationIsNeverTaken) {
    const auto first = plan({app("a")}, {}, {}, {});
    EXPECT_THAT(refusal({app("a"), with_slot("b", 2)}, first.lock),
                HasSubstr("is slot 2, which is already that of \"a\""));
    BaseSlots base;
    base.modules = {{"ByHand", 2}};
    EXPECT_THAT(refusal({app("a")}, first.lock, base),
                HasSubstr("has slot 2 by the lock file, which is now that of"));
}

TEST(ImagePlan, AnApplicationMovesWhenItsManifestSaysSo) {
    const auto first = plan({app("a"), app("b")}, {}, {}, {});
    const auto second = plan({with_slot("a", 9), app("b"), app("c")}, first.lock, {}, {});
    EXPECT_THAT(slots(second), ElementsAre(Pair("a", 9U), Pair("b", 3U), Pair("c", 2U)));
}

TEST(ImagePlan, WhatStandsInTheConfigurationByHandIsSpared) {
    BaseSlots base;
    base.modules = {{"ByHand", 2}, {"a", 7}};
    EXPECT_THAT(slots(plan({app("a"), app("b")}, {}, base, {})), ElementsAre(Pair("a", 7U), Pair("b", 3U)));
}

TEST(ImagePlan, TheDeviceIdentityHasNoSlotOfItsOwnAndOneApplicationAtMost) {
    const auto result = plan({on_device("a"), app("b")}, {}, {}, {});
    ASSERT_THAT(result.assignments, SizeIs(2));
    EXPECT_FALSE(result.assignments[0].slot);
    EXPECT_EQ(result.lock.device_application, "a");
    EXPECT_THAT(refusal({on_device("a"), on_device("b")}), HasSubstr("which \"a\" already has"));
    EXPECT_THAT(refusal({on_device("a")}, {}, {0, 0, "", {}}), HasSubstr("the agent itself uses it"));
}

TEST(ImagePlan, TheAgentsModuleIsNobodyElses) {
    EXPECT_THAT(refusal({app("dmModule")}), HasSubstr("dmModuleId"));
    EXPECT_THAT(slots(plan({app("dmModule")}, {}, {0, 0, "dmModule", {}}, {})),
                ElementsAre(Pair("dmModule", 1U)));
}

TEST(ImagePlan, CandidatesAreToldAndPlannedOnlyWhenAsked) {
    const auto told = plan({app("a"), candidate("c")}, {}, {}, {});
    EXPECT_THAT(slots(told), ElementsAre(Pair("a", 2U)));
    ASSERT_THAT(told.not_planned, SizeIs(1));
    EXPECT_EQ(told.not_planned[0].name(), "c");
    PlanOptions options;
    options.include = {"c"};
    const auto included = plan({app("a"), candidate("c")}, {}, {}, options);
    EXPECT_THAT(slots(included), ElementsAre(Pair("a", 2U), Pair("c", 3U)));
    // Once chosen it stays, until it is forgotten.
    EXPECT_THAT(slots(plan({app("a"), candidate("c")}, included.lock, {}, {})),
                ElementsAre(Pair("a", 2U), Pair("c", 3U)));
    PlanOptions forgetful;
    forgetful.forget = {"c"};
    EXPECT_THAT(slots(plan({app("a"), candidate("c")}, included.lock, {}, forgetful)),
                ElementsAre(Pair("a", 2U)));
    options.include = {"C"};
    EXPECT_THAT(refusal({candidate("c")}, {}, {}, options),
                HasSubstr("--include C: there is no application of that name. Did you mean \"c\"?"));
}

TEST(ImagePlan, ACandidateWhoseNameIsNoModuleIdNeedsAManifest) {
    PlanOptions options;
    options.all_candidates = true;
    EXPECT_THAT(refusal({candidate("a/b\n")}, {}, {}, options),
                HasSubstr("\"a/b\\u000a\", and that is no module id"));
}

TEST(ImagePlan, TooManyApplicationsAreToldAtOnce) {
    std::vector<Application> many;
    for (unsigned i = 0; i < 52; ++i)
        many.push_back(app("app" + std::to_string(i)));
    const auto told = refusal(many);
    EXPECT_EQ(std::ranges::count(told, '\n'), 2) << told;  // 49 slots are free
    EXPECT_THAT(told, HasSubstr("finds no slot: from 0 to 50 all are in use"));
}

TEST(ImageLock, IsReadAsItWasWritten) {
    Lock lock;
    lock.applications = {{"AppB", {2, false}}, {"gone", {3, true}}};
    lock.device_application = "AppA";
    EXPECT_EQ(parse_lock("lock", to_text(lock)), lock);
}

TEST(ImageLock, IsRefusedWithEveryMistake) {
    const auto told = [](std::string_view text) -> std::string {
        try {
            static_cast<void>(parse_lock("lock.json", text));
        } catch (const config::ConfigurationError& error) {
            return error.what();
        }
        return "accepted";
    };
    EXPECT_THAT(told(R"({"version": 2, "applications": {}})"), HasSubstr("lock.json:1:13: version: is 2"));
    EXPECT_THAT(told("{\"version\": 1, \"applications\": {\n\"a\": {\"slot\": 2},\n\"b\": {\"slot\": 2}}}"),
                HasSubstr("lock.json:3:15: applications.b.slot: is slot 2, which is already that of \"a\""));
    EXPECT_THAT(told(R"({"version": 1, "applications": {"a": {"slot": 51}}})"), HasSubstr("from 0 to 50"));
    EXPECT_THAT(told("[]"), HasSubstr("is no object"));
    EXPECT_THAT(told("<<<<<<< mine"), HasSubstr("lock.json:1:1"));
}

}  // namespace
}  // namespace device_agent::image
