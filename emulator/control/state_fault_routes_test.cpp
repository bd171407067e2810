// SPDX-License-Identifier: Apache-2.0
#include "emulator/testing/world.hpp"

#include <gtest/gtest.h>

namespace emulator::control {
namespace {

using testing::json_of;
using testing::software_tpm;
using testing::TpmDevice;
using testing::World;

class StateFaults : public ::testing::Test {
protected:
    int post(const std::string& path, const std::string& body = "") {
        return world.control("POST", path, body).status;
    }
    nlohmann::json identity(const std::string& path) {
        return json_of(world.send("GET", path, {{"Authorization", world.policy_token()}}));
    }

    World world;
};

TEST_F(StateFaults, AnEnrollmentIsDisabledAndEnabled) {
    world.enroll("dev-1", software_tpm());
    TpmDevice device(world, software_tpm(), "dev-1");
    EXPECT_EQ(post("/enrollments/dev-1/disable"), 204);
    EXPECT_EQ(json_of(device.put("", device.body())).at("status"), "disabled");
    EXPECT_EQ(post("/enrollments/dev-1/enable"), 204);
    EXPECT_EQ(device.put("", device.body()).status, 401);
    EXPECT_EQ(post("/enrollments/other/disable"), 404);
}

TEST_F(StateFaults, AMovedEnrollmentTakesTheDeviceFromItsHubAtOnce) {
    world.enroll("dev-1", software_tpm());
    TpmDevice device(world, software_tpm(), "dev-1");
    device.register_device();
    world.put_module("dev-1", "m");
    EXPECT_EQ(post("/enrollments/dev-1/move", R"({"hub":"127.0.0.1"})"), 204);
    EXPECT_FALSE(world.has("/devices/dev-1"));
    EXPECT_FALSE(world.has("/devices/dev-1/modules/m"));
    EXPECT_FALSE(world.has("/devices/dev-1", "127.0.0.1")) << "until it registers";
    EXPECT_EQ(device.register_device().state.at("assignedHub"), "127.0.0.1");
    EXPECT_TRUE(world.has("/devices/dev-1", "127.0.0.1"));

    EXPECT_EQ(post("/enrollments/dev-1/move", R"({"hub":"127.0.0.1"})"), 204) << "it stays";
    EXPECT_TRUE(world.has("/devices/dev-1", "127.0.0.1"));
    for (const auto* wrong : {"", "[]", "{}", R"({"hub":"elsewhere"})"})
        EXPECT_EQ(post("/enrollments/dev-1/move", wrong), 400);
    EXPECT_EQ(post("/enrollments/other/move", R"({"hub":"127.0.0.1"})"), 404);
}

TEST_F(StateFaults, AnEnrollmentThatKeepsItsHubIsNotMoved) {
    world.enroll("dev-1", software_tpm(), {{"reprovisionPolicy", {{"updateHubAssignment", false}}}});
    TpmDevice(world, software_tpm(), "dev-1").register_device();
    EXPECT_EQ(post("/enrollments/dev-1/move", R"({"hub":"127.0.0.1"})"), 409);
    EXPECT_TRUE(world.has("/devices/dev-1"));
}

TEST_F(StateFaults, ADeviceIsDisabledEnabledAndDeleted) {
    world.put_device("d");
    EXPECT_EQ(post("/hubs/localhost/devices/d/disable"), 204);
    EXPECT_EQ(identity("/devices/d").at("status"), "disabled");
    EXPECT_EQ(post("/hubs/localhost/devices/d/enable"), 204);
    EXPECT_EQ(identity("/devices/d").at("status"), "enabled");
    EXPECT_EQ(world.control("DELETE", "/hubs/localhost/devices/d").status, 204);
    EXPECT_FALSE(world.has("/devices/d"));
    EXPECT_EQ(world.control("DELETE", "/hubs/localhost/devices/d").status, 404);
    EXPECT_EQ(post("/hubs/elsewhere/devices/d/disable"), 404);
}

TEST_F(StateFaults, KeysAreRegeneratedAndTheTwinStays) {
    const auto device = world.put_device("d");
    const auto module = world.put_module("d", "m");
    const auto keys = [](const nlohmann::json& json) { return json.at("authentication").at("symmetricKey"); };
    EXPECT_EQ(post("/hubs/localhost/devices/d/modules/m/regenerateKeys"), 204);
    const auto changed = identity("/devices/d/modules/m");
    EXPECT_NE(keys(changed).at("primaryKey"), keys(module).at("primaryKey"));
    EXPECT_NE(keys(changed).at("secondaryKey"), keys(module).at("secondaryKey"));
    EXPECT_EQ(changed.at("generationId"), module.at("generationId"));
    EXPECT_EQ(keys(identity("/devices/d")), keys(device)) << "the other identity is left alone";
    EXPECT_EQ(post("/hubs/localhost/devices/d/regenerateKeys"), 204);
    EXPECT_NE(keys(identity("/devices/d")).at("primaryKey"), keys(device).at("primaryKey"));
}

TEST_F(StateFaults, AModuleIsDeletedOrAuthenticatesInAnotherWay) {
    world.put_device("d");
    world.put_module("d", "m");
    EXPECT_EQ(post("/hubs/localhost/devices/d/modules/m/authentication", R"({"type":"selfSigned"})"), 204);
    EXPECT_EQ(identity("/devices/d/modules/m").at("authentication").at("type"), "selfSigned");
    EXPECT_EQ(post("/hubs/localhost/devices/d/modules/m/authentication", R"({"type":"magic"})"), 400);
    EXPECT_EQ(post("/hubs/localhost/devices/d/modules/m/authentication", "{}"), 400);
    EXPECT_EQ(world.control("DELETE", "/hubs/localhost/devices/d/modules/m").status, 204);
    EXPECT_FALSE(world.has("/devices/d/modules/m"));
    EXPECT_TRUE(world.has("/devices/d"));
    EXPECT_EQ(post("/hubs/localhost/devices/d/modules/m/regenerateKeys"), 404);
}

}  // namespace
}  // namespace emulator::control
