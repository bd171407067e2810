// SPDX-License-Identifier: Apache-2.0
// What becomes of a device that registers again.
#include "emulator/testing/world.hpp"
#include "foundation/encoding.hpp"

#include <gtest/gtest.h>

namespace emulator::dps {
namespace {

using testing::json_of;
using testing::software_tpm;
using testing::TpmDevice;
using testing::World;

class Reprovisioning : public ::testing::Test {
protected:
    nlohmann::json twin(const std::string& hub) {
        return json_of(world.send("GET", "/twins/dev-1",
                                  {{"Authorization", world.policy_token("service", hub)}}, "", hub));
    }

    World world;
    TpmDevice device{world, software_tpm(), "dev-1"};
};

TEST_F(Reprovisioning, KeepsTheDeviceItsKeyAndItsModules) {
    world.enroll("dev-1", software_tpm());
    const auto first = device.register_device();
    world.put_module("dev-1", "app");
    const auto generation =
        world.send("GET", "/devices/dev-1", {{"Authorization", world.policy_token()}}).body;

    const auto again = device.register_device();
    EXPECT_EQ(again.state.at("substatus"), "reprovisionedToInitialAssignment");
    EXPECT_EQ(again.state.at("createdDateTimeUtc"), first.state.at("createdDateTimeUtc"));
    EXPECT_EQ(again.device_key, first.device_key);
    EXPECT_NE(again.state.at("tpm"), first.state.at("tpm")) << "wrapped anew";
    EXPECT_TRUE(world.has("/devices/dev-1/modules/app"));
    EXPECT_EQ(world.send("GET", "/devices/dev-1", {{"Authorization", world.policy_token()}}).body,
              generation);
}

TEST_F(Reprovisioning, KeepsADeviceThatWasMadeByHand) {
    const auto made = world.put_device("dev-1");
    world.enroll("dev-1", software_tpm());
    const auto assigned = device.register_device();
    EXPECT_EQ(assigned.state.at("substatus"), "initialAssignment");
    EXPECT_EQ(device_agent::base64_encode(assigned.device_key),
              made.at("authentication").at("symmetricKey").at("primaryKey"));
}

TEST_F(Reprovisioning, GivesKeysToADeviceThatHadACertificate) {
    world.put_device("dev-1", "localhost", {{"authentication", {{"type", "selfSigned"}}}});
    world.enroll("dev-1", software_tpm());
    EXPECT_EQ(device.register_device().device_key.size(), 32U);
}

TEST_F(Reprovisioning, MakesADeletedDeviceAnew) {
    world.enroll("dev-1", software_tpm());
    const auto first = device.register_device();
    ASSERT_EQ(world.send("DELETE", "/devices/dev-1", {{"Authorization", world.policy_token()}}).status, 204);
    EXPECT_NE(device.register_device().device_key, first.device_key);
    EXPECT_TRUE(world.has("/devices/dev-1"));
}

TEST_F(Reprovisioning, MovesTheDeviceToTheEnrollmentsNewHub) {
    world.enroll("dev-1", software_tpm(), {{"initialTwin", {{"tags", {{"line", 1}}}}}});
    const auto first = device.register_device();
    world.put_module("dev-1", "app");
    ASSERT_EQ(world
                  .send("PATCH", "/twins/dev-1", {{"Authorization", world.policy_token()}},
                        R"({"tags":{"line":2}})")
                  .status,
              200);

    world.enroll("dev-1", software_tpm(),
                 {{"iotHubHostName", "127.0.0.1"}, {"initialTwin", {{"tags", {{"line", 1}}}}}});
    const auto moved = device.register_device();
    EXPECT_EQ(moved.state.at("assignedHub"), "127.0.0.1");
    EXPECT_EQ(moved.state.at("substatus"), "deviceDataMigrated");
    EXPECT_NE(moved.device_key, first.device_key);
    EXPECT_FALSE(world.has("/devices/dev-1", "localhost"));
    EXPECT_TRUE(world.has("/devices/dev-1", "127.0.0.1"));
    EXPECT_FALSE(world.has("/devices/dev-1/modules/app", "127.0.0.1"));
    EXPECT_EQ(twin("127.0.0.1").at("tags").at("line"), 2);
}

TEST_F(Reprovisioning, ResetsTheTwinWhenThePolicySaysSo) {
    const nlohmann::json reset{{"updateHubAssignment", true}, {"migrateDeviceData", false}};
    world.enroll("dev-1", software_tpm());
    device.register_device();
    ASSERT_EQ(world
                  .send("PATCH", "/twins/dev-1", {{"Authorization", world.policy_token()}},
                        R"({"tags":{"line":2}})")
                  .status,
              200);
    world.enroll("dev-1", software_tpm(), {{"iotHubHostName", "127.0.0.1"}, {"reprovisionPolicy", reset}});
    EXPECT_EQ(device.register_device().state.at("substatus"), "deviceDataReset");
    EXPECT_TRUE(twin("127.0.0.1").at("tags").empty());
}

TEST_F(Reprovisioning, StaysWhenThePolicySaysSo) {
    const nlohmann::json never{{"updateHubAssignment", false}, {"migrateDeviceData", false}};
    world.enroll("dev-1", software_tpm());
    device.register_device();
    world.enroll("dev-1", software_tpm(), {{"iotHubHostName", "127.0.0.1"}, {"reprovisionPolicy", never}});
    EXPECT_EQ(device.register_device().state.at("assignedHub"), "localhost");
}

TEST_F(Reprovisioning, StaysWhereItIsWhenTheEnrollmentNamesNoHub) {
    world.enroll("dev-1", software_tpm(), {{"iotHubHostName", "127.0.0.1"}});
    device.register_device();
    world.enroll("dev-1", software_tpm());
    EXPECT_EQ(device.register_device().state.at("assignedHub"), "127.0.0.1");
}

TEST_F(Reprovisioning, FactoryResetAtTheSameHub) {
    const nlohmann::json reset{{"updateHubAssignment", true}, {"migrateDeviceData", false}};
    const nlohmann::json more{{"reprovisionPolicy", reset}, {"initialTwin", {{"tags", {{"line", 1}}}}}};
    world.enroll("dev-1", software_tpm(), more);
    const auto first = device.register_device();
    world.put_module("dev-1", "app");
    ASSERT_EQ(world
                  .send("PATCH", "/twins/dev-1", {{"Authorization", world.policy_token()}},
                        R"({"tags":{"line":2}})")
                  .status,
              200);
    const auto again = device.register_device();
    EXPECT_EQ(again.state.at("substatus"), "deviceDataReset");
    EXPECT_EQ(again.device_key, first.device_key);
    EXPECT_EQ(twin("localhost").at("tags").at("line"), 1);
    EXPECT_TRUE(world.has("/devices/dev-1/modules/app"));
}

}  // namespace
}  // namespace emulator::dps
