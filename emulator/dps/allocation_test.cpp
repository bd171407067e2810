// SPDX-License-Identifier: Apache-2.0
// Which hub a device gets, and what custom allocation hands it.
#include "emulator/dps/allocation.hpp"

#include "emulator/testing/world.hpp"

#include <gtest/gtest.h>

#include <map>

namespace emulator::dps {
namespace {

using testing::Device;
using testing::json_of;
using testing::World;

constexpr auto key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const nlohmann::json by_key{{"type", "symmetricKey"},
                            {"symmetricKey", {{"primaryKey", key}, {"secondaryKey", key}}}};
const nlohmann::json custom{
    {"allocationPolicy", "custom"},
    {"customAllocationDefinition", {{"webhookUrl", "https://f.test/"}, {"apiVersion", "2021-10-01"}}}};

class Allocations : public ::testing::Test {
protected:
    nlohmann::json register_device(const std::string& id, const nlohmann::json& payload = {}) {
        nlohmann::json more = nlohmann::json::object();
        if (!payload.is_null()) more["payload"] = payload;
        return Device(world, id).sign_with(key).register_device(more);
    }
    std::string hub_of(const std::string& id) { return register_device(id).at("assignedHub"); }

    World world;
};

TEST_F(Allocations, HashedSpreadsDevicesAndKeepsEachWhereItIs) {
    std::map<std::string, int> devices;
    for (int i = 0; i < 40; ++i) {
        const auto id = "dev-" + std::to_string(i);
        world.enroll(id, by_key, {{"allocationPolicy", i % 2 == 0 ? "hashed" : "geoLatency"}});
        const auto hub = hub_of(id);
        ++devices[hub];
        EXPECT_EQ(hub_of(id), hub);
    }
    EXPECT_GT(devices["localhost"], 8);
    EXPECT_GT(devices["127.0.0.1"], 8);
}

TEST_F(Allocations, ADeviceLeavesAHubThatItsEnrollmentNoLongerNames) {
    world.enroll("dev-1", by_key, {{"allocationPolicy", "hashed"}, {"iotHubs", {"127.0.0.1"}}});
    EXPECT_EQ(hub_of("dev-1"), "127.0.0.1");
    world.enroll("dev-1", by_key, {{"allocationPolicy", "hashed"}, {"iotHubs", {"LOCALHOST"}}});
    EXPECT_EQ(hub_of("dev-1"), "localhost");
    EXPECT_FALSE(world.has("/devices/dev-1", "127.0.0.1"));
}

TEST_F(Allocations, StaticTakesTheFirstOfTheHubsThatAreNamed) {
    world.enroll("dev-1", by_key, {{"allocationPolicy", "static"}, {"iotHubs", {"127.0.0.1", "localhost"}}});
    EXPECT_EQ(hub_of("dev-1"), "127.0.0.1");
    world.enroll("dev-2", by_key, {{"allocationPolicy", "static"}});
    EXPECT_EQ(hub_of("dev-2"), "localhost");
}

TEST_F(Allocations, CustomHandsBackWhatWasConfigured) {
    world.enroll("dev-1", by_key, custom);
    const nlohmann::json answer{{"iotHubHostName", "127.0.0.1"},
                                {"initialTwin", {{"tags", {{"line", 7}}}}},
                                {"payload", {{"recipe", "A"}}}};
    ASSERT_EQ(world.control("PUT", "/enrollments/DEV-1/allocation", answer.dump()).status, 200);
    const auto state = register_device("dev-1", {{"model", "press"}});
    EXPECT_EQ(state.at("assignedHub"), "127.0.0.1");
    EXPECT_EQ(state.at("payload"), answer.at("payload"));
    const auto twin =
        json_of(world.send("GET", "/twins/dev-1",
                           {{"Authorization", world.policy_token("service", "127.0.0.1")}}, "", "127.0.0.1"));
    EXPECT_EQ(twin.at("tags").at("line"), 7);

    const auto asked = json_of(world.control("GET", "/enrollments/dev-1/allocation")).at("lastRequest");
    EXPECT_EQ(asked.at("deviceRuntimeContext").at("payload").at("model"), "press");
    EXPECT_EQ(asked.at("deviceRuntimeContext").at("registrationId"), "dev-1");
    EXPECT_EQ(asked.at("linkedHubs"), nlohmann::json({"localhost", "127.0.0.1"}));
    EXPECT_EQ(asked.dump().find(key), std::string::npos);
}

TEST_F(Allocations, CustomWithoutAnAnswerFails) {
    world.enroll_group("fleet", by_key, custom);
    EXPECT_EQ(
        world.control("PUT", "/enrollmentGroups/none/allocation", R"({"iotHubHostName":"localhost"})").status,
        404);
    EXPECT_EQ(world.control("GET", "/enrollmentGroups/fleet/allocation").status, 404);
    world.enroll("dev-1", by_key, custom);
    const auto state = register_device("dev-1");
    EXPECT_EQ(state.at("status"), "failed");
    EXPECT_EQ(state.at("errorCode"), 400207);
    EXPECT_FALSE(state.at("errorMessage").get<std::string>().empty());
    EXPECT_FALSE(world.has("/devices/dev-1"));
    EXPECT_EQ(json_of(Device(world, "dev-1").sign_with(key).status()).at("status"), "failed");
}

TEST_F(Allocations, AnswersAreChecked) {
    world.enroll("dev-1", by_key, custom);
    world.enroll("dev-2", by_key);
    for (const auto* wrong : {"", "[]", "{}", R"({"iotHubHostName":"elsewhere.test"})",
                              R"({"iotHubHostName":"localhost","initialTwin":1})"}) {
        EXPECT_EQ(world.control("PUT", "/enrollments/dev-1/allocation", wrong).status, 400) << wrong;
    }
    const auto* right = R"({"iotHubHostName":"localhost"})";
    EXPECT_EQ(world.control("PUT", "/enrollments/dev-2/allocation", right).status, 409);
    EXPECT_EQ(world.control("PUT", "/enrollments/dev-1/allocation", right).status, 200);
    EXPECT_EQ(world.control("DELETE", "/enrollments/dev-1/allocation").status, 204);
    EXPECT_EQ(world.control("DELETE", "/enrollments/dev-1/allocation").status, 404);
}

TEST_F(Allocations, CustomMayNotChooseAHubThatTheEnrollmentDoesNotName) {
    auto more = custom;
    more["iotHubs"] = {"localhost"};
    world.enroll("dev-1", by_key, more);
    ASSERT_EQ(
        world.control("PUT", "/enrollments/dev-1/allocation", R"({"iotHubHostName":"127.0.0.1"})").status,
        200);
    EXPECT_EQ(register_device("dev-1").at("errorCode"), 400208);
}

TEST_F(Allocations, NeedsAHubThatIsServed) {
    auto database = store::Database::in_memory();
    auto transaction = database->begin();
    const Attested attested{.enrollment = {.id = "dev-1", .mechanism = TpmMechanism{}, .hub = "gone.test"},
                            .registration_id = "dev-1"};
    const auto allocated = allocate(transaction, attested, std::nullopt, {"localhost"}, {});
    ASSERT_TRUE(std::holds_alternative<RegistrationFailure>(allocated));
    EXPECT_EQ(std::get<RegistrationFailure>(allocated).code, 400208);
    EXPECT_TRUE(
        std::holds_alternative<Allocation>(allocate(transaction, attested, std::nullopt, {"gone.test"}, {})));
}

}  // namespace
}  // namespace emulator::dps
