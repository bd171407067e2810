// SPDX-License-Identifier: Apache-2.0
#include "app_api/unit_credential.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace device_agent::app_api {
namespace {

using ::testing::HasSubstr;

std::string address(const std::string& rest) {
    return std::string(1, '\0') + rest;
}

TEST(UnitCredential, IsReadFromTheAddressThatSystemdSets) {
    EXPECT_EQ(parse_unit_address(address("adf9d86b6eda275e/unit/appb.service/iot")),
              (UnitCredential{"appb.service", "iot"}));
    EXPECT_EQ(parse_unit_address(address("1/unit/appb@one.service/$device")),
              (UnitCredential{"appb@one.service", "$device"}));
}

TEST(UnitCredential, AnyOtherAddressNamesNoUnit) {
    for (const auto* rest :
         {"", "/", "1/unit/", "1/unit/appb.service", "1/unit/appb.service/", "1/unit//iot",
          "unit/appb.service/iot", "1/user/appb.service/iot", "1/unit/appb.service/iot/more",
          "g/unit/appb.service/iot", "/unit/appb.service/iot", "1/unit/appb.scope/iot",
          "1/unit/appb@.service/iot", "1/unit/../iot", "1/unit/appb.service/..", "1/unit/appb.service/a b"})
        EXPECT_EQ(parse_unit_address(address(rest)), std::nullopt) << rest;
    EXPECT_EQ(parse_unit_address("1/unit/appb.service/iot"), std::nullopt) << "not abstract";
    EXPECT_EQ(parse_unit_address(""), std::nullopt);
    EXPECT_EQ(parse_unit_address(address("1/unit/appb.service/iot") + '\0'), std::nullopt);
}

class UnitChoice : public ::testing::Test {
protected:
    std::string choose(const std::string& unit, const std::string& name = "iot") {
        const auto chosen = choose_for_unit({unit, name}, view);
        if (const auto* none = std::get_if<NoApplication>(&chosen)) return "none: " + none->reason;
        return std::get<std::string>(chosen);
    }
    View view;
};

TEST_F(UnitChoice, IsTheOneThatIsGrantedToTheUnitAlone) {
    view.applications = {{"A", {{}, {}, {"a.service"}}},
                         {"B", {{}, {}, {"b.service"}}},
                         {"C", {{"c"}, {}, {"c.service"}}},
                         {"D", {{"d"}, {}, {}}}};
    EXPECT_EQ(choose("a.service"), "A");
    EXPECT_THAT(choose("x.service"), HasSubstr("no identity is granted"));
    EXPECT_THAT(choose("c.service"), HasSubstr("wants a user or group besides"));
}

TEST_F(UnitChoice, OfSeveralTheCredentialsNameSaysWhich) {
    view.applications = {
        {"A", {{}, {}, {"a.service"}}}, {"B", {{}, {}, {"a.service"}}}, {"C", {{}, {}, {"c.service"}}}};
    EXPECT_EQ(choose("a.service", "B"), "B");
    EXPECT_THAT(choose("a.service", "C"), HasSubstr("several")) << "that is another unit's";
    EXPECT_THAT(choose("a.service", "iot"), HasSubstr("several"));
}

}  // namespace
}  // namespace device_agent::app_api
