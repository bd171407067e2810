// SPDX-License-Identifier: Apache-2.0
#include "app_api/unit_grants.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace device_agent::app_api {
namespace {

TEST(UnitGrants, AreWarnedOfWhereTheKernelCannotTell) {
    config::Configuration configuration;
    configuration.applications = {{"A", {{}, {}, {"a.service"}}},
                                  {"B", {{"b"}, {}, {"b.service"}}},
                                  {"C", {{}, {"c"}, {"c.service"}}},
                                  {"D", {{"d"}, {}, {}}}};
    EXPECT_TRUE(warn_of_unit_grants(configuration, "x.json", true).empty());
    const auto warnings = warn_of_unit_grants(configuration, "x.json", false);
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_THAT(config::render(warnings[0]),
                ::testing::StartsWith("x.json: applications.A.units: grants by unit alone"));
}

}  // namespace
}  // namespace device_agent::app_api
