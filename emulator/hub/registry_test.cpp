// SPDX-License-Identifier: Apache-2.0
// The registry of devices and modules, as a back end with the owner's policy sees it.
#include "emulator/testing/world.hpp"
#include "foundation/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::hub {
namespace {

using ::testing::HasSubstr;
using testing::json_of;
using ::testing::StartsWith;
using testing::World;

class RegistryApi : public ::testing::Test {
protected:
    http::Response ask(const std::string& method, const std::string& path, const std::string& body = "",
                       http::Headers headers = {}, const std::string& hub = "localhost") {
        headers.add("Authorization", world.policy_token("iothubowner", hub));
        return world.send(method, path, headers, body, hub);
    }

    World world;
};

void expect_refusal(const http::Response& response, int status, const std::string& name) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.headers.find("iothub-errorcode"), name);
    EXPECT_THAT(json_of(response).at("Message").get<std::string>(), StartsWith("ErrorCode:" + name + ";"));
    EXPECT_THAT(json_of(response).at("ExceptionMessage").get<std::string>(), StartsWith("Tracking ID:"));
}

std::string primary_key(const nlohmann::json& identity) {
    return identity.at("authentication").at("symmetricKey").at("primaryKey");
}

TEST_F(RegistryApi, MakesKeysWhereNoneAreGiven) {
    for (
        const auto* body :
        {"{}", R"({"authentication": null})",
         R"({"authentication": {"type": "sas", "symmetricKey": {"primaryKey": "", "secondaryKey": null}}})"}) {
        const auto device =
            json_of(ask("PUT", "/devices/d-" + std::to_string(std::string(body).size()), body));
        const auto key = device_agent::base64_decode(primary_key(device));
        ASSERT_TRUE(key) << body;
        EXPECT_EQ(key->size(), 32U);
        EXPECT_NE(device.at("authentication").at("symmetricKey").at("secondaryKey"), primary_key(device));
        EXPECT_EQ(device.at("status"), "enabled");
        EXPECT_EQ(device.at("connectionState"), "Disconnected");
        EXPECT_EQ(device.at("authentication").at("type"), "sas");
    }
}

TEST_F(RegistryApi, TakesKeysThatAreGiven) {
    const std::string key = "AAECAwQFBgcICQoLDA0ODw==";  // 16 bytes, the least
    const nlohmann::json keys{{"primaryKey", key}, {"secondaryKey", key}};
    const auto device =
        world.put_device("d", "localhost", {{"authentication", {{"type", "sas"}, {"symmetricKey", keys}}}});
    EXPECT_EQ(primary_key(device), key);
    for (const auto* wrong : {"AAECAwQFBgcICQoLDA0O", "no base64", "AAECAwQFBgcICQoLDA0ODw"}) {
        const nlohmann::json body{{"authentication", {{"symmetricKey", {{"primaryKey", wrong}}}}}};
        expect_refusal(ask("PUT", "/devices/e", body.dump()), 400, "ArgumentInvalid");
    }
}

TEST_F(RegistryApi, KeepsOtherKindsOfAuthentication) {
    const auto device = world.put_device(
        "d", "localhost",
        {{"authentication", {{"type", "x509"}, {"x509Thumbprint", {{"primaryThumbprint", "AB"}}}}}});
    EXPECT_EQ(device.at("authentication").at("type"), "selfSigned");
    EXPECT_EQ(device.at("authentication").at("x509Thumbprint").at("primaryThumbprint"), "AB");
    EXPECT_TRUE(device.at("authentication").at("symmetricKey").at("primaryKey").is_null());
    expect_refusal(ask("PUT", "/devices/e", R"({"authentication": {"type": "magic"}})"), 400,
                   "ArgumentInvalid");
}

TEST_F(RegistryApi, CreatesOnceAndUpdatesUnderAnEtag) {
    const auto created = world.put_device("d");
    const std::string etag = created.at("etag");
    expect_refusal(ask("PUT", "/devices/d", "{}"), 409, "DeviceAlreadyExists");
    expect_refusal(ask("PUT", "/devices/d", "{}", {{"If-Match", "\"other\""}}), 412, "PreconditionFailed");
    expect_refusal(ask("PUT", "/devices/none", "{}", {{"If-Match", "*"}}), 404, "DeviceNotFound");

    std::string present = etag;
    for (const auto& form : {"*", "\"*\"", "bare", "quoted"}) {
        const std::string if_match = form == std::string("bare")     ? present
                                     : form == std::string("quoted") ? '"' + present + '"'
                                                                     : form;
        const auto response = ask("PUT", "/devices/d", R"({"status": "disabled", "statusReason": "worn"})",
                                  {{"If-Match", if_match}});
        ASSERT_EQ(response.status, 200) << form << response.body;
        const auto updated = json_of(response);
        EXPECT_NE(updated.at("etag"), present);
        EXPECT_EQ(response.headers.find("ETag"), '"' + updated.at("etag").get<std::string>() + '"');
        EXPECT_EQ(updated.at("generationId"), created.at("generationId"));
        EXPECT_EQ(primary_key(updated), primary_key(created)) << "what is not said stays";
        EXPECT_EQ(updated.at("status"), "disabled");
        present = updated.at("etag");
    }
    expect_refusal(ask("DELETE", "/devices/d", "", {{"If-Match", etag}}), 412, "PreconditionFailed");
    EXPECT_EQ(ask("DELETE", "/devices/d", "", {{"If-Match", present}}).status, 204);
    expect_refusal(ask("GET", "/devices/d"), 404, "DeviceNotFound");
    EXPECT_NE(world.put_device("d").at("generationId"), created.at("generationId"));
}

TEST_F(RegistryApi, ModulesLiveAndDieWithTheirDevice) {
    expect_refusal(ask("PUT", "/devices/d/modules/m", "{}"), 404, "DeviceNotFound");
    world.put_device("d");
    const auto module = json_of(
        ask("PUT", "/devices/d/modules/m", R"({"moduleId": "m", "deviceId": "d", "managedBy": "me"})"));
    EXPECT_EQ(module.at("managedBy"), "me");
    EXPECT_EQ(module.at("deviceId"), "d");
    EXPECT_FALSE(module.contains("status"));
    expect_refusal(ask("PUT", "/devices/d/modules/m", "{}"), 409, "ModuleAlreadyExistsOnDevice");
    expect_refusal(ask("GET", "/devices/d/modules/none"), 404, "ModuleNotFound");
    expect_refusal(ask("PUT", "/devices/d/modules/none", "{}", {{"If-Match", "*"}}), 404, "ModuleNotFound");
    expect_refusal(ask("GET", "/devices/none/modules"), 404, "DeviceNotFound");

    const auto updated = json_of(ask("PUT", "/devices/d/modules/m", "{}", {{"If-Match", "*"}}));
    EXPECT_EQ(updated.at("generationId"), module.at("generationId"));
    EXPECT_EQ(updated.at("managedBy"), "me");
    EXPECT_EQ(json_of(ask("GET", "/devices/d/modules")).size(), 1U);

    EXPECT_EQ(ask("DELETE", "/devices/d").status, 204);
    world.put_device("d");
    EXPECT_EQ(json_of(ask("GET", "/devices/d/modules")).size(), 0U);
}

TEST_F(RegistryApi, FiftyModulesAndNoMore) {
    world.put_device("d");
    for (int i = 0; i < 50; ++i)
        world.put_module("d", "m" + std::to_string(i));
    expect_refusal(ask("PUT", "/devices/d/modules/m50", "{}"), 413, "TooManyModulesOnDevice");
    EXPECT_EQ(ask("DELETE", "/devices/d/modules/m7").status, 204);
    EXPECT_EQ(ask("PUT", "/devices/d/modules/m50", "{}").status, 200);
    EXPECT_EQ(json_of(ask("GET", "/devices/d/modules")).size(), 50U);
}

TEST_F(RegistryApi, IdsHaveARule) {
    EXPECT_EQ(ask("PUT", "/devices/A-.+%25_%23*%3F!(),%3D%40%24'1", "{}").status, 200);
    for (const auto& id : {std::string("a%20b"), std::string("a%2Fb"), std::string("%C3%A4"),
                           std::string(129, 'a'), std::string("a%00")}) {
        expect_refusal(ask("PUT", "/devices/" + id, "{}"), 400, "ArgumentInvalid");
    }
    EXPECT_EQ(ask("PUT", "/devices/" + std::string(128, 'a'), "{}").status, 200);
    world.put_device("d");
    EXPECT_EQ(ask("PUT", "/devices/D", "{}").status, 200) << "device ids are case-sensitive";
    expect_refusal(ask("PUT", "/devices/e", R"({"deviceId": "f"})"), 400, "ArgumentInvalid");
    expect_refusal(ask("PUT", "/devices/d/modules/m", R"({"moduleId": "n"})"), 400, "ArgumentInvalid");
    expect_refusal(ask("PUT", "/devices/e", "{"), 400, "ArgumentInvalid");
    expect_refusal(ask("PUT", "/devices/e", R"({"status": "asleep"})"), 400, "ArgumentInvalid");
}

TEST_F(RegistryApi, ListsDevices) {
    for (const auto* id : {"c", "a", "b"})
        world.put_device(id);
    world.put_module("a", "m");
    const auto all = json_of(ask("GET", "/devices/?api-version=2021-04-12"));
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all.at(0).at("deviceId"), "a");
    EXPECT_EQ(json_of(ask("GET", "/devices/?top=2")).size(), 2U);
    for (const auto* wrong : {"0", "1001", "x", "-1"}) {
        expect_refusal(ask("GET", std::string("/devices?top=") + wrong), 400, "ArgumentInvalid");
    }
}

TEST_F(RegistryApi, HubsAreApart) {
    world.put_device("d", "localhost");
    EXPECT_FALSE(world.has("/devices/d", "127.0.0.1"));
    const auto elsewhere =
        world.send("GET", "/devices/d", {{"Authorization", world.policy_token()}}, "", "other.test");
    expect_refusal(elsewhere, 404, "IotHubNotFound");
}

TEST_F(RegistryApi, UnknownPathsAndMethods) {
    expect_refusal(ask("POST", "/devices/d", "{}"), 405, "MethodNotAllowed");
    EXPECT_EQ(ask("POST", "/devices/d", "{}").headers.find("Allow"), "PUT, GET, DELETE");
    expect_refusal(ask("GET", "/jobs/j"), 404, "NotFound");
    expect_refusal(ask("GET", "/"), 404, "NotFound");
}

TEST_F(RegistryApi, CallsOfMethodsAreChecked) {
    const auto call = R"({"methodName": "m"})";
    expect_refusal(ask("POST", "/twins/none/methods", call), 404, "DeviceNotFound");
    world.put_device("d");
    expect_refusal(ask("POST", "/twins/d/modules/none/methods", call), 404, "ModuleNotFound");
    for (const auto* wrong :
         {"", "[]", R"({"methodName": ""})", R"({"methodName": "m", "responseTimeoutInSeconds": 4})",
          R"({"methodName": "m", "responseTimeoutInSeconds": 301})",
          R"({"methodName": "m", "connectTimeoutInSeconds": 301})"}) {
        expect_refusal(ask("POST", "/twins/d/methods", wrong), 400, "ArgumentInvalid");
    }
    const std::string large = R"({"methodName": "m", "payload": ")" + std::string(128U * 1024U, 'x') + "\"}";
    expect_refusal(ask("POST", "/twins/d/methods", large), 413, "MessageTooLarge");
}

// ---- twins

TEST_F(RegistryApi, TwinsComeAndGoWithTheirIdentity) {
    world.put_device("d");
    world.put_module("d", "m");
    const auto fresh = json_of(ask("GET", "/twins/d/modules/m"));
    EXPECT_EQ(fresh.at("moduleId"), "m");
    EXPECT_EQ(fresh.at("version"), 1);
    EXPECT_EQ(fresh.at("properties").at("desired").at("$version"), 1);

    const auto patched =
        json_of(ask("PATCH", "/twins/d/modules/m",
                    R"({"tags": {"a": 1, "b": {"c": 2}}, "properties": {"desired": {"x": 1}}})"));
    EXPECT_EQ(patched.at("version"), 2);
    EXPECT_NE(patched.at("etag"), fresh.at("etag"));
    EXPECT_EQ(patched.at("properties").at("desired").at("$version"), 2);
    const auto again = json_of(
        ask("PATCH", "/twins/d/modules/m", R"({"tags": {"a": null}})", {{"If-Match", patched.at("etag")}}));
    EXPECT_EQ(again.at("tags"), nlohmann::json::parse(R"({"b": {"c": 2}})"));
    EXPECT_EQ(again.at("properties").at("desired").at("x"), 1);
    EXPECT_EQ(again.at("properties").at("desired").at("$version"), 2);
    expect_refusal(ask("PATCH", "/twins/d/modules/m", "{}", {{"If-Match", patched.at("etag")}}), 412,
                   "PreconditionFailed");
    expect_refusal(ask("PATCH", "/twins/d/modules/m", R"({"tags": 1})"), 400, "ArgumentInvalid");

    ASSERT_EQ(ask("PUT", "/devices/d/modules/m", "{}", {{"If-Match", "*"}}).status, 200);
    EXPECT_EQ(json_of(ask("GET", "/twins/d/modules/m")).at("tags"), again.at("tags"))
        << "an update keeps the twin";
    ASSERT_EQ(ask("DELETE", "/devices/d/modules/m").status, 204);
    expect_refusal(ask("GET", "/twins/d/modules/m"), 404, "ModuleNotFound");
    world.put_module("d", "m");
    EXPECT_TRUE(json_of(ask("GET", "/twins/d/modules/m")).at("tags").empty());
}

}  // namespace
}  // namespace emulator::hub
