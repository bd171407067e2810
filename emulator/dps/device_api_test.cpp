// SPDX-License-Identifier: Apache-2.0
// Registering by TPM, as a device sees it.
#include "emulator/testing/sign.hpp"
#include "emulator/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::dps {
namespace {

using ::testing::HasSubstr;
using testing::json_of;
using testing::other_software_tpm;
using testing::software_tpm;
using testing::TpmDevice;
using testing::World;

class DeviceApi : public ::testing::Test {
protected:
    World world;
    TpmDevice device{world, software_tpm(), "dev-1"};
};

// Every refusal has the body that the SDKs parse, and the header.
void expect_refusal(const http::Response& response, int error_code) {
    EXPECT_EQ(response.status, error_code / 1000) << response.body;
    EXPECT_EQ(response.headers.find("x-ms-error-code"), std::to_string(error_code));
    EXPECT_EQ(response.headers.find("Content-Type"), "application/json; charset=utf-8");
    const auto body = json_of(response);
    EXPECT_EQ(body.at("errorCode"), error_code);
    EXPECT_EQ(body.at("timestampUtc"), "2023-11-14T22:13:20.0000000Z");
    EXPECT_FALSE(body.at("message").get<std::string>().empty());
    EXPECT_EQ(body.at("trackingId").get<std::string>().size(), 36U);
}

TEST_F(DeviceApi, ChallengesATpmThatItKnows) {
    world.enroll("dev-1", software_tpm());
    const auto response = device.put("", device.body());
    EXPECT_EQ(response.status, 401);
    const auto body = json_of(response);
    EXPECT_EQ(body.size(), 3U);
    EXPECT_EQ(body.at("message"), "Authorization required");
    EXPECT_EQ(body.at("keyName"), "registration");
    const auto blob = device_agent::base64_decode(body.at("authenticationKey").get<std::string>());
    ASSERT_TRUE(blob);
    EXPECT_EQ(software_tpm().open(*blob).key.size(), 32U);
}

TEST_F(DeviceApi, EachChallengeHasAKeyOfItsOwn) {
    world.enroll("dev-1", software_tpm());
    const auto first = device.answer_challenge();
    const auto second = device.answer_challenge();
    EXPECT_NE(first, second);
    expect_refusal(device.put(first, device.body()), 401002);
    EXPECT_EQ(device.put(second, device.body()).status, 202);
}

TEST_F(DeviceApi, AssignsADevice) {
    world.enroll("dev-1", software_tpm(), {{"deviceId", "press-7"}, {"iotHubHostName", "127.0.0.1"}});
    const auto assigned = device.register_device();
    EXPECT_EQ(assigned.state.at("status"), "assigned");
    EXPECT_EQ(assigned.state.at("substatus"), "initialAssignment");
    EXPECT_EQ(assigned.state.at("assignedHub"), "127.0.0.1");
    EXPECT_EQ(assigned.state.at("deviceId"), "press-7");
    EXPECT_EQ(assigned.state.at("registrationId"), "dev-1");
    EXPECT_EQ(assigned.state.at("createdDateTimeUtc"), "2023-11-14T22:13:20.0000000Z");
    EXPECT_FALSE(assigned.state.at("etag").get<std::string>().empty());
    EXPECT_EQ(assigned.uri, "127.0.0.1/press-7");

    const auto hub_device = json_of(
        world.send("GET", "/devices/press-7",
                   {{"Authorization", world.policy_token("registryRead", "127.0.0.1")}}, "", "127.0.0.1"));
    EXPECT_EQ(hub_device.at("authentication").at("symmetricKey").at("primaryKey"),
              device_agent::base64_encode(assigned.device_key));
}

TEST_F(DeviceApi, PollsWaitForTheRetryAfter) {
    world.enroll("dev-1", software_tpm());
    ASSERT_EQ(world.control("PUT", "/settings", R"({"retryAfter": 7})").status, 200);
    const auto token = device.answer_challenge();
    const auto accepted = device.put(token, device.body());
    ASSERT_EQ(accepted.status, 202);
    EXPECT_EQ(accepted.headers.find("retry-after"), "7");
    const auto body = json_of(accepted);
    EXPECT_EQ(body.at("status"), "assigning");
    EXPECT_EQ(body.at("registrationState").at("registrationId"), "dev-1");
    const std::string operation = body.at("operationId");
    EXPECT_THAT(std::string(accepted.headers.find("Location").value()),
                HasSubstr("/operations/" + operation));

    world.clock.advance(std::chrono::seconds{6});
    const auto pending = device.poll(token, operation);
    EXPECT_EQ(pending.status, 202);
    EXPECT_EQ(pending.headers.find("retry-after"), "7");
    EXPECT_EQ(json_of(pending).at("status"), "assigning");
    EXPECT_EQ(json_of(pending).at("registrationState").at("registrationId"), "dev-1");

    world.clock.advance(std::chrono::seconds{1});
    const auto finished = device.poll(token, operation);
    EXPECT_EQ(finished.status, 200);
    EXPECT_EQ(json_of(finished).at("operationId"), operation);
    EXPECT_EQ(device.poll(token, operation).body, finished.body) << "the same blob again";
}

TEST_F(DeviceApi, ZeroRetryAfterAnswersAtOnce) {
    world.enroll("dev-1", software_tpm());
    ASSERT_EQ(world.control("PUT", "/settings", R"({"retryAfter": 0})").status, 200);
    const auto token = device.answer_challenge();
    const auto accepted = device.put(token, device.body());
    EXPECT_EQ(accepted.headers.find("Retry-After"), "0");
    EXPECT_EQ(device.poll(token, json_of(accepted).at("operationId")).status, 200);
}

TEST_F(DeviceApi, TheSecondRequestMayLeaveItsKeysOut) {
    world.enroll("dev-1", software_tpm());
    EXPECT_EQ(device.put(device.answer_challenge(), device.body(false)).status, 202);
}

TEST_F(DeviceApi, RegistrationIdsAreOneWhateverTheirCase) {
    world.enroll("Dev-1", software_tpm());
    TpmDevice shouting(world, software_tpm(), "DEV-1");
    EXPECT_EQ(shouting.register_device().state.at("registrationId"), "Dev-1");
}

// ---- refusals

TEST_F(DeviceApi, AnotherMachineIsRefused) {
    world.enroll("dev-1", software_tpm());
    TpmDevice stranger(world, other_software_tpm(), "dev-1");
    expect_refusal(stranger.put("", stranger.body()), 401002);
    EXPECT_EQ(world.last_request().at("refusal"), "the endorsement key is not the one of the enrollment");
}

TEST_F(DeviceApi, UnknownNamesAreNotFound) {
    expect_refusal(device.put("", device.body()), 404201);
    world.enroll("dev-1", software_tpm());
    const http::Headers none;
    expect_refusal(world.send("PUT", "/0ne00000000/registrations/dev-1/register", none, device.body()),
                   404001);
    const auto token = device.answer_challenge();
    expect_refusal(device.poll(token, "5.none"), 404001);
    ASSERT_EQ(device.put(token, device.body()).status, 202);
    expect_refusal(device.poll(token, "5.none"), 404001);
}

TEST_F(DeviceApi, TokensAreCheckedToTheLetter) {
    world.enroll("dev-1", software_tpm());
    const auto challenge = json_of(device.put("", device.body()));
    const auto key =
        software_tpm()
            .open(device_agent::base64_decode(challenge.at("authenticationKey").get<std::string>()).value())
            .key;
    const auto resource = device.resource();
    const auto soon = world.in_an_hour();
    auto other_key = key;
    other_key[0] ^= 1U;
    for (const auto& [wrong, reason] : std::initializer_list<std::pair<std::string, std::string>>{
             {testing::sign(resource, other_key, soon, "registration"), "signature"},
             {testing::sign(resource, key, world.clock.now(), "registration"), "expired"},
             {testing::sign(resource + "2", key, soon, "registration"), "resource"},
             {testing::sign(resource, key, soon, "iothubowner"), "skn"},
             {testing::sign(resource, key, soon), "skn"},
             {"Bearer abc", "SharedAccessSignature"}}) {
        expect_refusal(device.put(wrong, device.body()), 401002);
        EXPECT_THAT(world.last_request().at("refusal").get<std::string>(), HasSubstr(reason));
    }
    const auto as_one_client_writes_it = world.instance.id_scope + "/registrations/DEV-1";
    EXPECT_EQ(
        device.put(testing::sign_encoded(as_one_client_writes_it, key, soon, "registration"), device.body())
            .status,
        202);
}

TEST_F(DeviceApi, ChallengesGetOldInFiveMinutes) {
    world.enroll("dev-1", software_tpm());
    const auto token = device.answer_challenge();
    world.clock.advance(std::chrono::minutes{5});
    const auto response = device.put(token, device.body());
    EXPECT_EQ(response.status, 401);
    EXPECT_FALSE(json_of(response).contains("authenticationKey"));
}

TEST_F(DeviceApi, ATokenWithoutAChallengeIsRefused) {
    world.enroll("dev-1", software_tpm());
    const device_agent::SecretBytes key(32, 1);
    expect_refusal(
        device.put(testing::sign(device.resource(), key, world.in_an_hour(), "registration"), device.body()),
        401002);
    expect_refusal(device.put("", device.body(false)), 401002);
}

TEST_F(DeviceApi, TheChallengeIsForItsStorageRootKeyAlone) {
    world.enroll("dev-1", software_tpm());
    const auto token = device.answer_challenge();
    auto body = nlohmann::json::parse(device.body());
    body["tpm"]["storageRootKey"] = device_agent::base64_encode(other_software_tpm().storage_root_key());
    expect_refusal(device.put(token, body.dump()), 401002);
}

TEST_F(DeviceApi, PollsNeedTheTokenToo) {
    world.enroll("dev-1", software_tpm());
    const auto token = device.answer_challenge();
    const std::string operation = json_of(device.put(token, device.body())).at("operationId");
    expect_refusal(device.poll("", operation), 401002);
    const device_agent::SecretBytes wrong(32, 1);
    expect_refusal(
        device.poll(testing::sign(device.resource(), wrong, world.in_an_hour(), "registration"), operation),
        401002);
    world.enroll("dev-1", other_software_tpm());
    expect_refusal(device.poll(token, operation), 401002);
}

TEST_F(DeviceApi, MalformedRequestsAreNamed) {
    world.enroll("dev-1", software_tpm());
    const auto with = [&](const char* member, const nlohmann::json& value) {
        auto body = nlohmann::json::parse(device.body());
        body["tpm"][member] = value;
        return body.dump();
    };
    auto signing_key = software_tpm().storage_root_key();
    signing_key[7] = 0x07;  // restricted, decrypt and sign
    for (const auto& [body, part] : std::initializer_list<std::pair<std::string, std::string>>{
             {"", "not JSON"},
             {"[1]", "not a JSON object"},
             {R"({"registrationId": 1})", "registrationId"},
             {R"({"registrationId": "dev-2"})", "registrationId"},
             {R"({"csr": "MIIB"})", "csr"},
             {R"({"tpm": 1})", "tpm"},
             {R"({"tpm": {}})", "tpm.endorsementKey"},
             {with("endorsementKey", "###"), "tpm.endorsementKey"},
             {with("endorsementKey", "AAAA"), "tpm.endorsementKey"},
             {with("storageRootKey", nullptr), "tpm.storageRootKey"},
             {with("storageRootKey", device_agent::base64_encode(signing_key)), "objectAttributes"},
             {std::string(100, '['), "nested"}}) {
        const auto response = device.put("", body);
        expect_refusal(response, 400004);
        EXPECT_THAT(json_of(response).at("message").get<std::string>(), HasSubstr(part)) << body;
    }
    expect_refusal(
        world.send("PUT", "/" + world.instance.id_scope + "/registrations/-bad/register", {}, "{}"), 400004);
}

TEST_F(DeviceApi, WrongMethodAndContentType) {
    world.enroll("dev-1", software_tpm());
    const auto response = world.send("DELETE", device.path() + "/register");
    expect_refusal(response, 405001);
    EXPECT_EQ(response.headers.find("Allow"), "PUT");
    expect_refusal(
        world.send("PUT", device.path() + "/register", {{"Content-Type", "text/plain"}}, device.body()),
        415001);
    expect_refusal(world.send("GET", device.path() + "/elsewhere"), 404001);
}

TEST_F(DeviceApi, ADisabledEnrollmentSaysSo) {
    world.enroll("dev-1", software_tpm());
    const auto token = device.answer_challenge();
    const std::string operation = json_of(device.put(token, device.body())).at("operationId");
    world.enroll("dev-1", software_tpm(), {{"provisioningStatus", "disabled"}});
    const auto put = device.put("", device.body());
    EXPECT_EQ(put.status, 202);
    EXPECT_EQ(json_of(put).at("status"), "disabled");
    const auto poll = device.poll(token, operation);
    EXPECT_EQ(poll.status, 200);
    EXPECT_EQ(json_of(poll).at("status"), "disabled");
    EXPECT_FALSE(json_of(poll).at("registrationState").contains("tpm"));
}

// ---- registration status

TEST_F(DeviceApi, StatusIsForTheMachineItself) {
    world.enroll("dev-1", software_tpm());
    const auto ask = [&](const std::string& token) {
        http::Headers headers;
        if (!token.empty()) headers.add("Authorization", token);
        return world.send("POST", device.path() + "?api-version=2021-06-01", headers, device.body());
    };
    EXPECT_EQ(ask("").status, 401);
    expect_refusal(ask(device.answer_challenge()), 404001);
    device.register_device();
    const auto response = ask(device.answer_challenge());
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(json_of(response).at("status"), "assigned");
    EXPECT_EQ(json_of(response).at("deviceId"), "dev-1");
}

}  // namespace
}  // namespace emulator::dps
