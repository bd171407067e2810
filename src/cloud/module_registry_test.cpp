// SPDX-License-Identifier: Apache-2.0
#include "cloud/module_registry.hpp"

#include "foundation/error.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/scripted_http.hpp"

#include <gtest/gtest.h>

namespace device_agent::cloud {
namespace {

using fakes::FakeClock;
using fakes::FixedJitter;
using fakes::ScriptedHttp;

constexpr const char* module_a =
    R"({"moduleId":"a","deviceId":"d 1","generationId":"7","authentication":{"type":"sas",
    "symmetricKey":{"primaryKey":"AAEC","secondaryKey":"AAEC"}}})";

class ModuleRegistryTest : public ::testing::Test {
protected:
    template <typename Call>
    static Error failure(Call call) {
        try {
            static_cast<void>(call());
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "nothing was refused";
        return {ErrorCode::internal, ""};
    }

    FakeClock clock;
    FixedJitter jitter;
    ScriptedHttp http;
    CallContext context{clock, jitter, std::nullopt, std::stop_token()};
    ModuleRegistry registry{http, {"hub.test", 8443, "d 1"}, SecretText("the-token")};
};

TEST_F(ModuleRegistryTest, ListsWithTheDevicesToken) {
    http.then(200, std::string("[") + module_a + "]");
    const auto modules = registry.list(context);
    ASSERT_EQ(modules.size(), 1U);
    EXPECT_EQ(http.requests[0].method, "GET");
    EXPECT_EQ(http.requests[0].host, "hub.test:8443");
    EXPECT_EQ(http.requests[0].path, "/devices/d%201/modules?api-version=2021-04-12");
    EXPECT_EQ(http.requests[0].authorization.view(), "the-token");
}

TEST_F(ModuleRegistryTest, CreatesWithoutIfMatchSoThatNothingIsOverwritten) {
    http.then(200, module_a);
    EXPECT_EQ(registry.create("a", context).value().primary_key, (SecretBytes{0, 1, 2}));
    EXPECT_EQ(http.requests[0].method, "PUT");
    EXPECT_EQ(http.requests[0].path, "/devices/d%201/modules/a?api-version=2021-04-12");
    for (const auto& [name, value] : http.requests[0].headers)
        EXPECT_NE(name, "If-Match");
}

TEST_F(ModuleRegistryTest, AnAnswerAboutAnotherModuleIsNotTaken) {
    http.then(200, module_a);
    EXPECT_EQ(failure([&] { return registry.create("b", context); }).code(), ErrorCode::network);
}

TEST_F(ModuleRegistryTest, AModuleThatExistsIsNotCreatedAndCanBeHad) {
    http.then(409, R"({"Message":"ErrorCode:ModuleAlreadyExistsOnDevice;x"})").then(200, module_a);
    EXPECT_FALSE(registry.create("a", context));
    EXPECT_EQ(registry.get("a", context).generation_id, "7");
    EXPECT_EQ(http.requests[1].method, "GET");
    EXPECT_EQ(http.requests[1].path, http.requests[0].path);
}

TEST_F(ModuleRegistryTest, WhatIsNoAnswerOfAHubIsNoRefusal) {
    for (const auto& [status, body] :
         {std::pair{302, "<html>"}, std::pair{200, "<html>"}, std::pair{200, "{}"}}) {
        http.then(status, body);
        EXPECT_EQ(failure([&] { return registry.list(context); }).code(), ErrorCode::network) << status;
    }
    EXPECT_TRUE(clock.waits.empty());
}

TEST_F(ModuleRegistryTest, ALostDeviceAsksForReprovisioningAndAFullOneDoesNot) {
    for (const int status : {401, 403, 404}) {
        http.then(status, R"({"Message":"ErrorCode:DeviceNotFound;x"})");
        const auto error = failure([&] { return registry.list(context); });
        EXPECT_EQ(error.code(), ErrorCode::refused);
        EXPECT_EQ(error.retry().kind, Retry::Kind::reprovision);
        EXPECT_NE(std::string(error.what()).find("DeviceNotFound"), std::string::npos);
    }
    http.then(413, R"({"Message":"ErrorCode:TooManyModulesOnDevice;x"})");
    const auto error = failure([&] { return registry.create("a", context); });
    EXPECT_EQ(error.retry().kind, Retry::Kind::no);
    EXPECT_NE(std::string(error.what()).find("50 modules"), std::string::npos);
}

TEST_F(ModuleRegistryTest, DeletesWhateverTheEtagAndAMissingModuleIsNoError) {
    http.then(204, "")
        .then(404, R"({"Message":"ErrorCode:ModuleNotFound;x"})")
        .then(404, R"({"Message":"ErrorCode:DeviceNotFound;x"})");
    registry.remove("a", context);
    registry.remove("a", context);
    EXPECT_EQ(http.requests[0].method, "DELETE");
    EXPECT_EQ(http.requests[0].headers.back(), (std::pair<std::string, std::string>{"If-Match", "*"}));
    EXPECT_EQ(failure([&] {
                  registry.remove("a", context);
                  return 0;
              }).code(),
              ErrorCode::refused);
}

TEST_F(ModuleRegistryTest, RepeatsWhatTheHubThrottles) {
    http.then(429, "{}", std::chrono::seconds(4)).then(200, "[]");
    EXPECT_TRUE(registry.list(context).empty());
    EXPECT_EQ(clock.waits, (std::vector<std::chrono::milliseconds>{std::chrono::seconds(4)}));
}

}  // namespace
}  // namespace device_agent::cloud
