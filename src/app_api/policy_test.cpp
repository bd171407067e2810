// SPDX-License-Identifier: Apache-2.0
#include "app_api/policy.hpp"

#include "tests/fakes/fake_accounts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace device_agent::app_api {
namespace {

using config::Grant;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Policy : public ::testing::Test {
protected:
    Policy() {
        accounts.set_user("appb", 1000);
        accounts.set_user("root", 0);
        accounts.set_group("apps", 100);
        accounts.set_group("iot", 200);
    }
    bool allows(const Grant& grant) { return holds(grant, caller, accounts); }

    fakes::FakeAccounts accounts;
    Caller caller{.uid = 1000,
                  .gid = 100,
                  .groups = {27, 200},
                  .pid = 4711,
                  .unit = "appb.service",
                  .unit_is_certain = true};
};

TEST_F(Policy, NoListsAreNobody) {
    EXPECT_FALSE(allows({}));
    caller.uid = 0;
    EXPECT_FALSE(allows({})) << "root neither";
}

TEST_F(Policy, EntriesAreAlternatives) {
    EXPECT_TRUE(allows({.users = {"nobody-here", "appb"}, .groups = {}, .units = {}}));
    EXPECT_TRUE(allows({.users = {}, .groups = {"nobody-here", "apps"}, .units = {}}));
    EXPECT_TRUE(allows({.users = {}, .groups = {"iot"}, .units = {}})) << "supplementary";
    EXPECT_TRUE(allows({.users = {}, .groups = {}, .units = {"a.service", "appb.service"}}));
    EXPECT_FALSE(allows({.users = {"root"}, .groups = {}, .units = {}}));
    EXPECT_FALSE(allows({.users = {}, .groups = {}, .units = {"b.service"}}));
}

TEST_F(Policy, ListsAreAllNeeded) {
    EXPECT_TRUE(allows({.users = {"appb"}, .groups = {"iot"}, .units = {"appb.service"}}));
    EXPECT_FALSE(allows({.users = {"root"}, .groups = {"iot"}, .units = {"appb.service"}}));
    EXPECT_FALSE(allows({.users = {"appb"}, .groups = {"none"}, .units = {"appb.service"}}));
    EXPECT_FALSE(allows({.users = {"appb"}, .groups = {"iot"}, .units = {"b.service"}}));
}

TEST_F(Policy, WhoDoesNotExistIsNobody) {
    EXPECT_FALSE(allows({.users = {"dynamic"}, .groups = {}, .units = {}}));
    accounts.set_user("dynamic", 1000);  // its unit runs now
    EXPECT_TRUE(allows({.users = {"dynamic"}, .groups = {}, .units = {}}));
    EXPECT_FALSE(allows({.users = {"1000"}, .groups = {}, .units = {}})) << "a number is no name";
}

TEST_F(Policy, AnUncertainUnitOnlyNarrows) {
    caller.unit_is_certain = false;
    EXPECT_FALSE(allows({.users = {}, .groups = {}, .units = {"appb.service"}}));
    EXPECT_TRUE(allows({.users = {"appb"}, .groups = {}, .units = {"appb.service"}}));
    EXPECT_TRUE(allows({.users = {}, .groups = {"iot"}, .units = {"appb.service"}}));
    EXPECT_FALSE(allows({.users = {"root"}, .groups = {}, .units = {"appb.service"}}));
    caller.unit.reset();
    EXPECT_FALSE(allows({.users = {"appb"}, .groups = {}, .units = {"appb.service"}}));
}

TEST_F(Policy, AccessIsAllThatHolds) {
    View view;
    view.applications = {
        {"B", {{"appb"}, {}, {}}}, {"A", {{}, {}, {"appb.service"}}}, {"C", {{"root"}, {}, {}}}};
    view.administrators = {.users = {"root"}, .groups = {}, .units = {}};
    const auto access = access_of(caller, view, accounts);
    EXPECT_THAT(access.applications, ElementsAre("A", "B"));
    EXPECT_FALSE(access.is_administrator);
    EXPECT_TRUE(access.includes("A"));
    EXPECT_FALSE(access.includes("C"));
    caller = {.uid = 0, .gid = 0, .groups = {}, .pid = 1, .unit = {}};
    EXPECT_TRUE(access_of(caller, view, accounts).is_administrator);
    view.administrators = {};
    EXPECT_FALSE(access_of(caller, view, accounts).is_administrator);
}

TEST_F(Policy, AUnitAloneIsGrantedOnlyWhatWantsNothingElse) {
    View view;
    view.applications = {{"A", {{}, {}, {"appb.service"}}},
                         {"B", {{"appb"}, {}, {"appb.service"}}},
                         {"C", {{}, {"iot"}, {"appb.service"}}},
                         {"D", {{}, {}, {"d.service"}}}};
    EXPECT_THAT(applications_of_unit("appb.service", view), ElementsAre("A"));
    EXPECT_THAT(applications_of_unit("x.service", view), IsEmpty());
}

TEST_F(Policy, ACallerIsDescribedAsTheKernelSeesIt) {
    EXPECT_EQ(describe(caller), "user 1000, group 100, groups 27 200, process 4711 of appb.service");
    caller.unit_is_certain = false;
    EXPECT_THAT(describe(caller), HasSubstr("perhaps of appb.service"));
    caller.groups.assign(65'536, 5);
    EXPECT_LT(describe(caller).size(), 300U) << "a caller cannot make it long";
}

}  // namespace
}  // namespace device_agent::app_api
