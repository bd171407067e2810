// SPDX-License-Identifier: Apache-2.0
// Who may do what: device tokens, module tokens, and the five policies.
#include "emulator/testing/sign.hpp"
#include "emulator/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::hub {
namespace {

using ::testing::HasSubstr;
using testing::json_of;
using testing::World;

class HubAuthorization : public ::testing::Test {
protected:
    HubAuthorization() {
        device_key = key_of(world.put_device("d"));
        other_key = key_of(world.put_device("other"));
        module_key = key_of(world.put_module("d", "m"));
    }
    static std::string key_of(const nlohmann::json& identity, const char* which = "primaryKey") {
        return identity.at("authentication").at("symmetricKey").at(which);
    }
    int attempt(const std::string& method, const std::string& path, const std::string& token,
                const std::string& body = "", const http::Headers& more = {}) {
        http::Headers headers = more;
        if (!token.empty()) headers.add("Authorization", token);
        return world.send(method, path, headers, body).status;
    }
    std::string reason() { return world.last_request().at("refusal"); }
    std::string device_token() const {
        return testing::sign_base64("localhost/devices/d", device_key, world.in_an_hour());
    }

    World world;
    std::string device_key, other_key, module_key;
};

TEST_F(HubAuthorization, ADeviceRulesItsOwnModules) {
    const auto token = device_token();
    EXPECT_EQ(attempt("PUT", "/devices/d/modules/n", token, "{}"), 200);
    EXPECT_EQ(world.last_request().at("authorizedAs"), "device d");
    EXPECT_EQ(attempt("PUT", "/devices/d/modules/n", token, "{}", {{"If-Match", "*"}}), 200);
    EXPECT_EQ(attempt("GET", "/devices/d/modules/n", token), 200);
    EXPECT_EQ(attempt("GET", "/devices/d/modules", token), 200);
    EXPECT_EQ(attempt("DELETE", "/devices/d/modules/n", token, "", {{"If-Match", "*"}}), 204);
    EXPECT_EQ(attempt("GET", "/devices/d", token), 200);
}

TEST_F(HubAuthorization, ADeviceRulesNothingElse) {
    const auto token = device_token();
    EXPECT_EQ(attempt("GET", "/devices/other", token), 401);
    EXPECT_EQ(attempt("GET", "/devices/other/modules", token), 401);
    EXPECT_EQ(attempt("PUT", "/devices/other/modules/x", token, "{}"), 401);
    EXPECT_EQ(attempt("PUT", "/devices/d", token, "{}", {{"If-Match", "*"}}), 401);
    EXPECT_EQ(attempt("DELETE", "/devices/d", token), 401);
    EXPECT_EQ(attempt("GET", "/devices", token), 401);
    EXPECT_EQ(attempt("GET", "/twins/d", token), 401);
}

TEST_F(HubAuthorization, BothKeysAreGood) {
    const auto device = json_of(world.send("GET", "/devices/d", {{"Authorization", world.policy_token()}}));
    const auto secondary = key_of(device, "secondaryKey");
    EXPECT_EQ(attempt("GET", "/devices/d",
                      testing::sign_base64("localhost/devices/d", secondary, world.in_an_hour())),
              200);
}

TEST_F(HubAuthorization, AModuleMayNotManageModules) {
    const auto token = testing::sign_base64("localhost/devices/d/modules/m", module_key, world.in_an_hour());
    EXPECT_EQ(attempt("GET", "/devices/d/modules/m", token), 401);
    EXPECT_THAT(reason(), HasSubstr("resource"));
    EXPECT_EQ(attempt("GET", "/devices/d/modules", token), 401);
    const auto for_device = testing::sign_base64("localhost/devices/d", module_key, world.in_an_hour());
    EXPECT_EQ(attempt("GET", "/devices/d/modules", for_device), 401);
    EXPECT_THAT(reason(), HasSubstr("neither key"));
}

TEST_F(HubAuthorization, WhatIsWrongWithATokenIsRecorded) {
    const auto soon = world.in_an_hour();
    for (const auto& [token, why] : std::initializer_list<std::pair<std::string, std::string>>{
             {"", "no Authorization"},
             {"Bearer abc", "not a SharedAccessSignature"},
             {testing::sign_base64("localhost/devices/d", other_key, soon), "neither key"},
             {testing::sign_base64("localhost/devices/d", device_key, world.clock.now()), "expired"},
             {testing::sign_base64("localhost/devices/other", device_key, soon), "resource"},
             {testing::sign_base64("127.0.0.1/devices/d", device_key, soon), "resource"},
             {testing::sign_base64("localhost/devices", device_key, soon), "resource"},
             {testing::sign_base64("localhost/devices/d2", device_key, soon), "resource"},
             {testing::sign_base64("localhost", device_key, soon, "nosuch"), "no policy"},
             {testing::sign_base64("localhost/devices/d", device_key, soon, "iothubowner"),
              "policy iothubowner"}}) {
        http::Headers headers;
        if (!token.empty()) headers.add("Authorization", token);
        const auto response = world.send("GET", "/devices/d/modules", headers);
        EXPECT_EQ(response.status, 401);
        EXPECT_EQ(response.headers.find("iothub-errorcode"), "IotHubUnauthorizedAccess");
        EXPECT_EQ(json_of(response).at("Message"), "ErrorCode:IotHubUnauthorizedAccess;Unauthorized");
        EXPECT_THAT(reason(), HasSubstr(why)) << token;
    }
}

TEST_F(HubAuthorization, TakesEachSpellingOfTheResource) {
    const auto key = device_agent::base64_decode(device_key).value();
    for (const auto* sr : {"localhost%2Fdevices%2Fd", "localhost%2fdevices%2fd", "localhost/devices/d",
                           "LOCALHOST/Devices/D", "localhost%2Fdevices%2Fd%2Fapi-version%3D2016-11-14"}) {
        EXPECT_EQ(attempt("GET", "/devices/d/modules", testing::sign_encoded(sr, key, world.in_an_hour())),
                  200)
            << sr;
    }
}

TEST_F(HubAuthorization, ADisabledDeviceIsOut) {
    const auto token = device_token();
    ASSERT_EQ(
        attempt("PUT", "/devices/d", world.policy_token(), R"({"status": "disabled"})", {{"If-Match", "*"}}),
        200);
    EXPECT_EQ(attempt("GET", "/devices/d/modules", token), 401);
    EXPECT_THAT(reason(), HasSubstr("disabled"));
    EXPECT_EQ(attempt("GET", "/devices/d/modules", world.policy_token()), 200);
}

TEST_F(HubAuthorization, ADeletedDeviceIsOut) {
    const auto token = device_token();
    ASSERT_EQ(attempt("DELETE", "/devices/d", world.policy_token()), 204);
    EXPECT_EQ(attempt("GET", "/devices/d/modules", token), 401);
    EXPECT_THAT(reason(), HasSubstr("has no device d"));
}

struct PolicyRow {
    const char* policy;
    bool reads, writes, service, modules;
};

class Policies : public HubAuthorization, public ::testing::WithParamInterface<PolicyRow> {};

TEST_P(Policies, HaveTheirRights) {
    const auto& row = GetParam();
    const auto token = world.policy_token(row.policy);
    EXPECT_EQ(attempt("GET", "/devices", token) == 200, row.reads);
    EXPECT_EQ(attempt("PUT", "/devices/new", token, "{}") == 200, row.writes);
    EXPECT_EQ(attempt("DELETE", "/devices/other", token) == 204, row.writes);
    EXPECT_EQ(attempt("GET", "/twins/d", token) == 200, row.service);
    EXPECT_EQ(attempt("PUT", "/devices/d/modules/n", token, "{}") == 200, row.modules);
}

INSTANTIATE_TEST_SUITE_P(All, Policies,
                         ::testing::Values(PolicyRow{"iothubowner", true, true, true, true},
                                           PolicyRow{"service", false, false, true, false},
                                           PolicyRow{"device", false, false, false, true},
                                           PolicyRow{"registryRead", true, false, false, false},
                                           PolicyRow{"registryReadWrite", true, true, false, true}),
                         [](const auto& test) { return std::string(test.param.policy); });

TEST_F(HubAuthorization, APolicyTokenCoversWhatIsBelowItsResource) {
    const auto key = world.instance.hub_policies.at("localhost").at("iothubowner").view();
    const auto narrow = testing::sign_base64("localhost/devices/d", key, world.in_an_hour(), "iothubowner");
    EXPECT_EQ(attempt("GET", "/devices/d/modules", narrow), 200);
    EXPECT_EQ(attempt("GET", "/devices/other", narrow), 401);
    EXPECT_EQ(attempt("GET", "/devices", world.policy_token("iothubowner", "127.0.0.1")), 401);
}

}  // namespace
}  // namespace emulator::hub
