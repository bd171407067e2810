// SPDX-License-Identifier: Apache-2.0
#include "emulator/testing/sign.hpp"
#include "emulator/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::control {
namespace {

using ::testing::HasSubstr;
using testing::json_of;
using ::testing::Not;
using testing::software_tpm;
using testing::TpmDevice;
using testing::World;

class ControlApi : public ::testing::Test {
protected:
    nlohmann::json verify(const std::string& text) {
        return json_of(world.control("POST", "/verify", nlohmann::json{{"connectionString", text}}.dump()));
    }
    static std::string key_of(const nlohmann::json& identity) {
        return identity.at("authentication").at("symmetricKey").at("primaryKey");
    }

    World world;
};

TEST_F(ControlApi, IsGuarded) {
    const std::string bearer = "Bearer " + world.instance.control_token;
    const auto attempt = [&](const http::Headers& headers, const std::string& host = "localhost") {
        return world.send("GET", "/_emulator/status", headers, "", host).status;
    };
    EXPECT_EQ(attempt({{"Authorization", bearer}}), 200);
    EXPECT_EQ(attempt({{"Authorization", bearer}}, "127.0.0.1"), 200);
    EXPECT_EQ(attempt({}), 401);
    EXPECT_EQ(attempt({{"Authorization", "Bearer wrong"}}), 401);
    EXPECT_EQ(attempt({{"Authorization", world.instance.control_token}}), 401);
    EXPECT_EQ(attempt({{"Authorization", bearer}}, "rebound.example"), 403);
    EXPECT_EQ(attempt({{"Authorization", bearer}, {"Origin", "https://evil.example"}}), 403);
    EXPECT_EQ(attempt({{"Authorization", bearer}, {"Origin", "null"}}), 403);
    EXPECT_EQ(
        attempt(
            {{"Authorization", bearer}, {"Host", "localhost:8443"}, {"Origin", "https://localhost:8443"}}),
        200);
    EXPECT_EQ(
        attempt({{"Authorization", bearer}, {"Host", "localhost:8443"}, {"Origin", "http://localhost:8443"}}),
        403);
    EXPECT_EQ(world.control("GET", "/nothing").status, 404);
    EXPECT_EQ(world.control("PATCH", "/settings").status, 405);
}

TEST_F(ControlApi, Status) {
    world.put_device("d");
    world.put_module("d", "m");
    const auto status = json_of(world.control("GET", "/status"));
    EXPECT_EQ(status.at("devices"), 1);
    EXPECT_EQ(status.at("modules"), 1);
    EXPECT_EQ(status.at("hubs"), nlohmann::json({"localhost", "127.0.0.1"}));
    EXPECT_EQ(status.at("idScope"), world.instance.id_scope);
}

TEST_F(ControlApi, Settings) {
    EXPECT_EQ(json_of(world.control("GET", "/settings")).at("retryAfter"), 1);
    EXPECT_EQ(json_of(world.control("PUT", "/settings", R"({"retryAfter": 400})")).at("retryAfter"), 400);
    for (const auto* wrong :
         {"", "{}", R"({"retryAfter": -1})", R"({"retryAfter": "1"})", R"({"retryAfter": 86401})",
          R"({"retryAfter": 1.5})", R"({"retryAfter": 1, "other": 2})"}) {
        EXPECT_EQ(world.control("PUT", "/settings", wrong).status, 400) << wrong;
    }
    EXPECT_EQ(json_of(world.control("GET", "/settings")).at("retryAfter"), 400);
}

TEST_F(ControlApi, Enrollments) {
    const auto key = device_agent::base64_encode(software_tpm().endorsement_key());
    const nlohmann::json attestation{{"type", "tpm"}, {"tpm", {{"endorsementKey", key}}}};
    const auto posted =
        json_of(world.control("POST", "/enrollments",
                              nlohmann::json::array({{{"registrationId", "a"}, {"attestation", attestation}},
                                                     {{"attestation", attestation}}})
                                  .dump()));
    ASSERT_EQ(posted.at("enrollments").size(), 2U);
    EXPECT_EQ(posted.at("enrollments").at(0).at("created"), true);
    EXPECT_EQ(posted.at("enrollments").at(1).at("registrationId").get<std::string>().size(), 52U)
        << "derived";

    const auto updated = json_of(world.control(
        "POST", "/enrollments",
        nlohmann::json{{"registrationId", "A"}, {"deviceId", "x"}, {"attestation", attestation}}.dump()));
    EXPECT_EQ(updated.at("enrollments").at(0).at("created"), false);
    EXPECT_EQ(updated.at("enrollments").at(0).at("registrationId"), "a");
    EXPECT_EQ(json_of(world.control("GET", "/enrollments")).at("enrollments").size(), 2U);
    EXPECT_EQ(world.control("DELETE", "/enrollments/a").status, 204);
    EXPECT_EQ(world.control("DELETE", "/enrollments/a").status, 404);
}

TEST_F(ControlApi, EnrollmentsAreTakenTogetherOrNotAtAll) {
    const auto key = device_agent::base64_encode(software_tpm().endorsement_key());
    const nlohmann::json good{{"registrationId", "a"},
                              {"attestation", {{"type", "tpm"}, {"tpm", {{"endorsementKey", key}}}}}};
    const auto response = world.control("POST", "/enrollments",
                                        nlohmann::json::array({good, {{"registrationId", "b"}}}).dump());
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, HasSubstr("\\\"b\\\""));
    EXPECT_TRUE(json_of(world.control("GET", "/enrollments")).at("enrollments").empty());
    for (const auto* wrong : {"[]", "[1]", "1", "{}"})
        EXPECT_EQ(world.control("POST", "/enrollments", wrong).status, 400);
}

TEST_F(ControlApi, HubsWithoutKeys) {
    const auto device = world.put_device("d");
    const auto module = world.put_module("d", "m");
    const auto response = world.control("GET", "/hubs");
    EXPECT_THAT(response.body, Not(HasSubstr(key_of(device))));
    EXPECT_THAT(response.body, Not(HasSubstr("symmetricKey")));
    const auto hub = json_of(response).at("hubs").at(0);
    EXPECT_EQ(hub.at("name"), "localhost");
    const auto& shown = hub.at("devices").at(0);
    EXPECT_EQ(shown.at("deviceId"), "d");
    EXPECT_EQ(shown.at("authenticationType"), "sas");
    EXPECT_EQ(shown.at("modules").at(0).at("moduleId"), "m");
    EXPECT_EQ(shown.at("modules").at(0).at("generationId"), module.at("generationId"));
}

TEST_F(ControlApi, VerifiesKeys) {
    const auto device_key = key_of(world.put_device("d"));
    const auto module_key = key_of(world.put_module("d", "m"));
    const auto device = verify("HostName=localhost;DeviceId=d;SharedAccessKey=" + device_key);
    EXPECT_EQ(device.at("letIn"), true) << device;
    EXPECT_EQ(device.at("hub"), "localhost");
    EXPECT_EQ(device.at("deviceId"), "d");
    EXPECT_TRUE(device.at("moduleId").is_null());
    EXPECT_TRUE(device.at("expires").is_null());
    EXPECT_EQ(verify("HostName=localhost;DeviceId=d;ModuleId=m;SharedAccessKey=" + module_key).at("moduleId"),
              "m");
    for (const auto& [text, why] : std::initializer_list<std::pair<std::string, std::string>>{
             {"HostName=localhost;DeviceId=d;SharedAccessKey=" + module_key, "neither key of device d"},
             {"HostName=localhost;DeviceId=d;ModuleId=m;SharedAccessKey=" + device_key,
              "neither key of module d/m"},
             {"HostName=localhost;DeviceId=e;SharedAccessKey=" + device_key, "no device e"},
             {"HostName=localhost;DeviceId=d;ModuleId=n;SharedAccessKey=" + device_key, "no module n"},
             {"HostName=elsewhere;DeviceId=d;SharedAccessKey=" + device_key, "no hub elsewhere"},
             {"HostName=localhost;DeviceId=d;x509=true", "not by a certificate"},
             {"HostName=localhost;DeviceId=d", "exactly one"},
             {"nonsense", "part without a value"}}) {
        const auto answer = verify(text);
        EXPECT_EQ(answer.at("letIn"), false) << text;
        EXPECT_THAT(answer.at("reason").get<std::string>(), HasSubstr(why));
    }
}

TEST_F(ControlApi, VerifiesTokens) {
    const auto device_key = key_of(world.put_device("d"));
    const auto module_key = key_of(world.put_module("d", "m"));
    const auto module_with = [](const std::string& token) {
        return "HostName=localhost;DeviceId=d;ModuleId=m;SharedAccessSignature=" + token;
    };
    const auto resource = "localhost/devices/d/modules/m";
    const auto good = testing::sign_base64(resource, module_key, world.in_an_hour());
    const auto answer = verify(module_with(good));
    EXPECT_EQ(answer.at("letIn"), true) << answer;
    EXPECT_EQ(answer.at("expires"), "2023-11-14T23:13:20Z");
    for (const auto& [token, why] : std::initializer_list<std::pair<std::string, std::string>>{
             {testing::sign_base64(resource, device_key, world.in_an_hour()), "neither key"},
             {testing::sign_base64("localhost/devices/d", module_key, world.in_an_hour()), "resource"},
             {testing::sign_base64(resource, module_key, world.clock.now()), "expired"},
             {testing::sign_base64(resource, module_key, world.in_an_hour(), "iothubowner"), "policy"},
             {"SharedAccessSignature sr=x", "no se"}}) {
        EXPECT_EQ(verify(module_with(token)).at("letIn"), false) << token;
        EXPECT_THAT(verify(module_with(token)).at("reason").get<std::string>(), HasSubstr(why));
    }
    const auto as_device = "HostName=localhost;DeviceId=d;SharedAccessSignature=" + good;
    EXPECT_THAT(verify(as_device).at("reason").get<std::string>(), HasSubstr("resource"));

    ASSERT_EQ(world
                  .send("PUT", "/devices/d", {{"Authorization", world.policy_token()}, {"If-Match", "*"}},
                        R"({"status":"disabled"})")
                  .status,
              200);
    EXPECT_THAT(verify(module_with(good)).at("reason").get<std::string>(), HasSubstr("disabled"));
}

TEST_F(ControlApi, VerifiesPlainText) {
    const auto key = key_of(world.put_device("d"));
    const auto response = world.send(
        "POST", "/_emulator/verify",
        {{"Authorization", "Bearer " + world.instance.control_token}, {"Content-Type", "text/plain"}},
        "HostName=localhost;DeviceId=d;SharedAccessKey=" + key + "\n");
    EXPECT_EQ(json_of(response).at("letIn"), true);
    EXPECT_EQ(world.control("POST", "/verify", "{}").status, 400);
}

TEST_F(ControlApi, RecordsRequestsWithoutSecrets) {
    world.enroll("dev-1", software_tpm());
    ASSERT_EQ(world.control("DELETE", "/requests").status, 204);
    TpmDevice(world, software_tpm(), "dev-1").register_device();
    world.send("GET", "/devices/dev-1/modules?api-version=2020-09-30&sig=secret",
               {{"Authorization", world.policy_token()}});

    const auto dps = json_of(world.control("GET", "/requests?service=dps")).at("requests");
    ASSERT_EQ(dps.size(), 3U);
    EXPECT_EQ(dps.at(0).at("method"), "PUT");
    EXPECT_EQ(dps.at(0).at("status"), 401);
    EXPECT_EQ(dps.at(1).at("status"), 202);
    EXPECT_EQ(dps.at(1).at("authorizedAs"), "registration dev-1");
    EXPECT_EQ(dps.at(2).at("method"), "GET");
    const auto hub = json_of(world.control("GET", "/requests?service=hub")).at("requests");
    ASSERT_EQ(hub.size(), 1U);
    EXPECT_EQ(hub.at(0).at("target"), "/devices/dev-1/modules?api-version=2020-09-30&sig=...");
    EXPECT_EQ(hub.at(0).at("authorizedAs"), "policy iothubowner");
    EXPECT_EQ(hub.at(0).at("host"), "localhost");
    EXPECT_THAT(world.control("GET", "/requests").body, Not(HasSubstr("secret")));
    EXPECT_EQ(world.control("GET", "/requests?service=none").status, 400);

    const auto connection = json_of(world.control("GET", "/connections")).at("connections").at(0);
    EXPECT_EQ(connection.at("peer"), "test");
    EXPECT_EQ(connection.at("services"), nlohmann::json({"dps", "hub", "control"}));
}

TEST_F(ControlApi, RecordsNoMoreOfARequestThanItsReaderNeeds) {
    const std::string endless(10'000, 'x');
    ASSERT_EQ(world.control("DELETE", "/requests").status, 204);
    world.send(endless, "/devices/" + endless, {}, "", endless);
    const auto hub = json_of(world.control("GET", "/requests?service=hub")).at("requests");
    ASSERT_EQ(hub.size(), 1U);
    for (const auto* member : {"method", "target", "host", "refusal"})
        EXPECT_LE(hub.at(0).at(member).get<std::string>().size(), 1024U) << member;
}

}  // namespace
}  // namespace emulator::control
