// SPDX-License-Identifier: Apache-2.0
#include "emulator/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::control {
namespace {

using ::testing::HasSubstr;
using testing::json_of;
using testing::software_tpm;
using testing::TpmDevice;
using testing::World;

class Faults : public ::testing::Test {
protected:
    std::uint64_t set(const nlohmann::json& fault) {
        const auto response = world.control("POST", "/faults", fault.dump());
        EXPECT_EQ(response.status, 201) << response.body;
        return json_of(response).at("id");
    }
    http::Response modules(const std::string& hub = "localhost") {
        return world.send("GET", "/devices/d/modules",
                          {{"Authorization", world.policy_token("iothubowner", hub)}}, "", hub);
    }
    http::Response register_device() {
        return world.send("PUT", "/" + world.instance.id_scope + "/registrations/dev-1/register", {}, "{}");
    }

    World world;
};

TEST_F(Faults, AreListedWithTheirHitsUntilTheyAreCleared) {
    const auto id = set({{"kind", "throttled"},
                         {"service", "hub"},
                         {"operation", "listModules"},
                         {"count", 2},
                         {"retryAfter", 400}});
    world.put_device("d");
    for (const int status : {429, 429, 200})
        EXPECT_EQ(modules().status, status);
    const auto shown = json_of(world.control("GET", "/faults"));
    EXPECT_EQ(shown.at("faults"), nlohmann::json::array({{{"id", id},
                                                          {"kind", "throttled"},
                                                          {"service", "hub"},
                                                          {"hub", nullptr},
                                                          {"operation", "listModules"},
                                                          {"count", 2},
                                                          {"hits", 2},
                                                          {"retryAfter", 400}}}));
    EXPECT_EQ(shown.at("kinds").at("error"), nlohmann::json({"status", "retryAfter"}));
    EXPECT_EQ(shown.at("services").at("dps"), nlohmann::json({"connect", "register", "poll", "status"}));

    EXPECT_EQ(world.control("DELETE", "/faults/" + std::to_string(id)).status, 204);
    EXPECT_EQ(world.control("DELETE", "/faults/" + std::to_string(id)).status, 404);
    EXPECT_EQ(world.control("DELETE", "/faults/one").status, 404);
    set({{"kind", "cut"}, {"service", "dps"}});
    EXPECT_EQ(world.control("DELETE", "/faults").status, 204);
    EXPECT_TRUE(json_of(world.control("GET", "/faults")).at("faults").empty());
}

TEST_F(Faults, MeetTheOperationAndTheHubThatTheyNameAndNoOther) {
    for (const auto* hub : {"localhost", "127.0.0.1"})
        world.put_device("d", hub);
    set({{"kind", "error"},
         {"service", "hub"},
         {"hub", "127.0.0.1"},
         {"operation", "listModules"},
         {"status", 503}});
    EXPECT_EQ(modules().status, 200);
    EXPECT_EQ(modules("127.0.0.1").status, 503);
    world.put_module("d", "m", "127.0.0.1");  // another operation
    EXPECT_EQ(world.control("GET", "/status").status, 200);
    EXPECT_EQ(register_device().status, 404) << "another service";
}

TEST_F(Faults, AnswerAsTheirServiceWould) {
    set({{"kind", "throttled"}, {"service", "hub"}, {"retryAfter", 7}});
    const auto hub = modules();
    EXPECT_EQ(hub.headers.find("Retry-After"), "7");
    EXPECT_EQ(hub.headers.find("iothub-errorcode"), "ThrottlingException");
    EXPECT_THAT(json_of(hub).at("Message").get<std::string>(), HasSubstr("ErrorCode:ThrottlingException;"));
    EXPECT_THAT(world.last_request().at("refusal").get<std::string>(), HasSubstr("fault 1: throttled"));

    set({{"kind", "error"}, {"service", "dps"}, {"status", 500}});
    const auto dps = register_device();
    EXPECT_EQ(dps.status, 500);
    EXPECT_FALSE(dps.headers.find("Retry-After"));
    EXPECT_EQ(json_of(dps).at("errorCode"), 500001);
}

TEST_F(Faults, AnAllocationFailsOnRegisterAndOnPoll) {
    world.enroll("dev-1", software_tpm());
    TpmDevice device(world, software_tpm(), "dev-1");
    const auto token = device.answer_challenge();
    const std::string operation = json_of(device.put(token, device.body())).at("operationId");
    set({{"kind", "allocationFailed"}, {"service", "dps"}, {"operation", "poll"}, {"errorCode", 400209}});
    const auto polled = device.poll(token, operation);
    EXPECT_EQ(polled.status, 200);
    EXPECT_EQ(json_of(polled).at("status"), "failed");
    EXPECT_EQ(json_of(polled).at("operationId"), operation);
    EXPECT_EQ(json_of(polled).at("registrationState").at("errorCode"), 400209);
    EXPECT_EQ(json_of(polled).at("registrationState").at("registrationId"), "dev-1");

    set({{"kind", "allocationFailed"}, {"service", "dps"}});
    const auto put = device.put("", device.body());
    EXPECT_EQ(put.status, 202);
    EXPECT_EQ(json_of(put).at("registrationState").at("errorCode"), 400208);
}

TEST_F(Faults, SomeAnswersComeWhenTheWorkIsDone) {
    using Ending = http::Delivery::Ending;
    world.put_device("d");
    const auto create = [&](const std::string& module) {
        return world.send("PUT", "/devices/d/modules/" + module, {{"Authorization", world.policy_token()}},
                          "{}");
    };
    set({{"kind", "cut"}, {"service", "hub"}, {"operation", "putModule"}, {"count", 1}});
    const auto cut = create("a");
    ASSERT_TRUE(cut.delivery);
    EXPECT_EQ(cut.delivery->ending, Ending::cut_halfway);
    EXPECT_TRUE(world.has("/devices/d/modules/a"));

    const auto id =
        set({{"kind", "slow"}, {"service", "hub"}, {"operation", "putModule"}, {"delay", 1.5}, {"count", 1}});
    const auto slow = create("b");
    ASSERT_TRUE(slow.delivery);
    EXPECT_EQ(slow.delivery->ending, Ending::whole);
    EXPECT_EQ(slow.delivery->pause, std::chrono::milliseconds(1500));
    EXPECT_FALSE(slow.delivery->cleared.stop_requested());
    world.control("DELETE", "/faults/" + std::to_string(id));
    EXPECT_TRUE(slow.delivery->cleared.stop_requested());

    set({{"kind", "stalled"}, {"service", "hub"}, {"operation", "putModule"}, {"count", 1}});
    EXPECT_EQ(create("c").delivery.value().ending, Ending::stall_halfway);

    set({{"kind", "garbage"}, {"service", "hub"}, {"operation", "putModule"}, {"count", 1}});
    const auto garbage = create("e");
    EXPECT_EQ(garbage.status, 200);
    EXPECT_FALSE(nlohmann::json::accept(garbage.body));
    EXPECT_TRUE(world.has("/devices/d/modules/e"));

    set({{"kind", "huge"}, {"service", "hub"}, {"operation", "putModule"}, {"size", 3'000'000}});
    EXPECT_EQ(create("f").body.size(), 3'000'000U);
}

TEST_F(Faults, MeetWhatIsAnsweredLaterToo) {
    world.put_device("d");
    const auto call_method = [&] {
        std::optional<http::Response> answer;
        const auto response =
            world.send("POST", "/twins/d/methods", {{"Authorization", world.policy_token()}},
                       R"({"methodName": "reboot"})");
        EXPECT_TRUE(response.later);
        if (response.later) response.later([&](http::Response made) { answer = std::move(made); });
        return answer.value_or(http::Response{});
    };
    set({{"kind", "stalled"}, {"service", "hub"}, {"count", 1}});
    const auto stalled = call_method();
    EXPECT_EQ(stalled.status, 404) << "the device is not there";
    ASSERT_TRUE(stalled.delivery);
    EXPECT_EQ(stalled.delivery->ending, http::Delivery::Ending::stall_halfway);
    EXPECT_THAT(world.last_request().at("refusal").get<std::string>(), HasSubstr("stalled; "));

    set({{"kind", "garbage"}, {"service", "hub"}, {"count", 1}});
    const auto garbage = call_method();
    EXPECT_EQ(garbage.status, 200);
    EXPECT_FALSE(nlohmann::json::accept(garbage.body));
}

TEST_F(Faults, AreReadStrictly) {
    for (const auto& [wrong, why] : std::initializer_list<std::pair<const char*, const char*>>{
             {"[]", "a fault is a JSON object"},
             {R"({"service":"hub"})", "kind is missing"},
             {R"({"kind":"flood","service":"hub"})", "no kind of fault"},
             {R"({"kind":"cut"})", "service is missing"},
             {R"({"kind":"cut","service":"control"})", "neither dps nor hub"},
             {R"({"kind":"cut","service":"dpsService"})", "neither dps nor hub"},
             {R"({"kind":"cut","service":"hub","operation":"poll"})", "no operation"},
             {R"({"kind":"cut","service":"dps","hub":"localhost"})", "hub goes with service hub"},
             {R"({"kind":"cut","service":"hub","hub":"elsewhere"})", "no hub"},
             {R"({"kind":"cut","service":"hub","count":0})", "count"},
             {R"({"kind":"cut","service":"hub","retryAfter":1})", "has no retryAfter"},
             {R"({"kind":"error","service":"hub","status":200})", "status"},
             {R"({"kind":"slow","service":"hub","delay":-1})", "delay"},
             {R"({"kind":"slow","service":"hub","delay":"1"})", "delay"},
             {R"({"kind":"huge","service":"hub","size":99999999999})", "size"},
             {R"({"kind":"allocationFailed","service":"hub"})", "only service dps"}}) {
        const auto response = world.control("POST", "/faults", wrong);
        EXPECT_EQ(response.status, 400) << wrong;
        EXPECT_THAT(response.body, HasSubstr(why));
    }
    EXPECT_TRUE(json_of(world.control("GET", "/faults")).at("faults").empty());
}

TEST_F(Faults, AreSoManyAndNoMore) {
    const auto fault = R"({"kind":"cut","service":"hub","hub":"127.0.0.1"})";
    for (std::size_t i = 0; i < faults::Switches::most; ++i)
        ASSERT_EQ(world.control("POST", "/faults", fault).status, 201);
    EXPECT_EQ(world.control("POST", "/faults", fault).status, 409);
}

}  // namespace
}  // namespace emulator::control
