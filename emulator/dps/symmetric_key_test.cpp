// SPDX-License-Identifier: Apache-2.0
// Registering by symmetric key: individually, and with a key derived from a group's.
#include "emulator/testing/sign.hpp"
#include "emulator/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::dps {
namespace {

using testing::Device;
using ::testing::HasSubstr;
using testing::json_of;
using testing::World;

constexpr auto primary = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr auto secondary = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

std::string derived(std::string_view group_key, std::string_view registration_id) {
    return device_agent::base64_encode(device_agent::hmac_sha256(
        device_agent::base64_decode(group_key).value(), device_agent::as_bytes(registration_id)));
}

class SymmetricKey : public ::testing::Test {
protected:
    nlohmann::json hub_keys(const std::string& id) {
        return json_of(world.send("GET", "/devices/" + id, {{"Authorization", world.policy_token()}}))
            .at("authentication")
            .at("symmetricKey");
    }
    void expect_unauthorized(const http::Response& response, const std::string& why) {
        EXPECT_EQ(response.status, 401) << response.body;
        EXPECT_EQ(json_of(response).at("errorCode"), 401002);
        EXPECT_EQ(json_of(response).at("message"), "Unauthorized");
        EXPECT_THAT(world.last_request().at("refusal").get<std::string>(), HasSubstr(why));
    }

    const nlohmann::json keys{{"type", "symmetricKey"},
                              {"symmetricKey", {{"primaryKey", primary}, {"secondaryKey", secondary}}}};
    World world;
    Device device{world, "dev-1"};
};

TEST_F(SymmetricKey, EitherKeyRegistersAndBothAreTheDevicesAtItsHub) {
    world.enroll("dev-1", keys);
    for (const auto* key : {primary, secondary}) {
        const auto state = device.sign_with(key).register_device();
        EXPECT_EQ(state.at("status"), "assigned");
        EXPECT_EQ(state.at("assignedHub"), "localhost");
        EXPECT_FALSE(state.contains("tpm"));
        EXPECT_EQ(hub_keys("dev-1").at("primaryKey"), primary);
        EXPECT_EQ(hub_keys("dev-1").at("secondaryKey"), secondary);
    }
    EXPECT_EQ(json_of(device.status()).at("status"), "assigned");
    EXPECT_EQ(world.last_request().at("authorizedAs"), "registration dev-1");
}

TEST_F(SymmetricKey, ADeviceOfAGroupDerivesItsKey) {
    world.enroll_group("fleet", keys);
    const auto state = device.sign_with(derived(primary, "dev-1")).register_device();
    EXPECT_EQ(state.at("symmetricKey").at("enrollmentGroupId"), "fleet");
    EXPECT_EQ(state.at("deviceId"), "dev-1");
    EXPECT_EQ(hub_keys("dev-1").at("primaryKey"), derived(primary, "dev-1"));
    EXPECT_EQ(hub_keys("dev-1").at("secondaryKey"), derived(secondary, "dev-1"));
    EXPECT_EQ(Device(world, "dev-2").sign_with(derived(secondary, "dev-2")).register_device().at("status"),
              "assigned");
    expect_unauthorized(Device(world, "dev-3").sign_with(derived(primary, "dev-1")).put(),
                        "no key that a group's");
    expect_unauthorized(device.sign_with(primary).put(), "no key that a group's");
}

TEST_F(SymmetricKey, TheGroupIsFoundByItsKey) {
    world.enroll_group("a", {{"type", "symmetricKey"}});
    world.enroll_group("b", keys, {{"iotHubHostName", "127.0.0.1"}});
    EXPECT_EQ(device.sign_with(derived(primary, "dev-1")).register_device().at("assignedHub"), "127.0.0.1");
}

TEST_F(SymmetricKey, AnIndividualEnrollmentComesBeforeAGroup) {
    world.enroll_group("fleet", keys);
    world.enroll("dev-1", {{"type", "symmetricKey"}}, {{"provisioningStatus", "disabled"}});
    const auto refused = json_of(device.sign_with(derived(primary, "dev-1")).put());
    EXPECT_EQ(refused.at("status"), "disabled");
    EXPECT_FALSE(world.has("/devices/dev-1"));
}

TEST_F(SymmetricKey, ADisabledGroupSaysSoToItsDevicesAlone) {
    world.enroll_group("fleet", keys, {{"provisioningStatus", "disabled"}});
    const auto response = device.sign_with(derived(primary, "dev-1")).put();
    EXPECT_EQ(response.status, 202);
    EXPECT_EQ(json_of(response).at("status"), "disabled");
    expect_unauthorized(device.sign_with(secondary).put(), "no key that a group's");
}

TEST_F(SymmetricKey, TokensAreCheckedToTheLetter) {
    world.enroll("dev-1", keys);
    const auto key = device_agent::base64_decode(primary).value();
    const auto later = world.in_an_hour();
    const auto resource = device.resource();
    using testing::sign;
    expect_unauthorized(device.send_token("").put(), "there is no token");
    expect_unauthorized(device.send_token("Bearer x").put(), "not a SharedAccessSignature");
    expect_unauthorized(device.send_token(sign(resource, key, later, "other")).put(), "skn");
    expect_unauthorized(device.send_token(sign(resource + "2", key, later, "registration")).put(),
                        "resource");
    expect_unauthorized(device.send_token(sign("localhost/devices/dev-1", key, later, "registration")).put(),
                        "resource");
    expect_unauthorized(device.send_token(sign(resource, key, world.clock.now(), "registration")).put(),
                        "expired");
    expect_unauthorized(device.sign_with(derived(primary, "dev-1")).put(), "neither key");
    auto upper = resource;
    for (auto& c : upper)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    EXPECT_EQ(device.send_token(sign(upper, key, later, "registration")).put().status, 202);
    EXPECT_EQ(device.send_token(sign(resource, key, later)).put().status, 202) << "skn may be left out";
}

TEST_F(SymmetricKey, PollsAreSignedToo) {
    world.enroll("dev-1", keys);
    const std::string operation = json_of(device.sign_with(primary).put()).at("operationId");
    expect_unauthorized(device.send_token("").poll(operation), "there is no token");
    expect_unauthorized(Device(world, "dev-1").sign_with(derived(primary, "x")).poll(operation), "neither");
    EXPECT_EQ(device.sign_with(secondary).poll(operation).status, 202);
    world.clock.advance(std::chrono::seconds{1});
    EXPECT_EQ(device.poll(operation).status, 200);
    EXPECT_EQ(device.poll("5.none").status, 404);
}

TEST_F(SymmetricKey, AnOperationBelongsToTheEnrollmentThatItWasBegunUnder) {
    world.enroll_group("a", keys);
    const std::string operation =
        json_of(device.sign_with(derived(primary, "dev-1")).put()).at("operationId");
    world.enroll("dev-1",
                 {{"type", "symmetricKey"}, {"symmetricKey", {{"primaryKey", derived(primary, "dev-1")}}}});
    expect_unauthorized(device.poll(operation), "another enrollment");
}

TEST_F(SymmetricKey, NobodyIsFoundWithoutAnEnrollment) {
    EXPECT_EQ(json_of(device.sign_with(primary).put()).at("errorCode"), 404201);
    world.enroll_group("fleet", keys);
    EXPECT_EQ(json_of(device.send_token("").put()).at("errorCode"), 404201);
}

TEST_F(SymmetricKey, KeysAreToldToWhoAsksForThem) {
    const auto shown = world.enroll("dev-1", keys);
    EXPECT_EQ(shown.dump().find(primary), std::string::npos);
    const auto ask = [&](const std::string& path) {
        return json_of(
            world.send("POST", path + "/attestationmechanism", {{"Authorization", world.dps_token()}}, "{}"));
    };
    EXPECT_EQ(ask("/enrollments/dev-1").at("symmetricKey"), keys.at("symmetricKey"));
    world.enroll_group("fleet", {{"type", "symmetricKey"}});
    const auto made = ask("/enrollmentgroups/fleet").at("symmetricKey");
    EXPECT_EQ(made.at("primaryKey").get<std::string>().size(), 44U);
    EXPECT_NE(made.at("primaryKey"), made.at("secondaryKey"));
    // What was read and is written again keeps its keys.
    world.enroll("dev-1", shown.at("attestation"));
    EXPECT_EQ(ask("/enrollments/dev-1").at("symmetricKey"), keys.at("symmetricKey"));
}

TEST_F(SymmetricKey, TooLargeABodyIsRefused) {
    world.enroll("dev-1", keys);
    const auto response = device.sign_with(primary).put({{"payload", std::string(96UL * 1024, 'x')}});
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(json_of(response).at("errorCode"), 413001);
}

}  // namespace
}  // namespace emulator::dps
