// SPDX-License-Identifier: Apache-2.0
// Automatic device management: who is configured, with what, and when.
#include "emulator/testing/device_link.hpp"
#include "emulator/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::hub {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::json_of;
using testing::World;

json configuration(const std::string& condition, const json& content, int priority = 10) {
    return {
        {"targetCondition", condition}, {"priority", priority}, {"content", {{"deviceContent", content}}}};
}

class ConfigurationsApi : public ::testing::Test {
protected:
    http::Response ask(const std::string& method, const std::string& path, const json& body = json::object(),
                       http::Headers headers = {}) {
        headers.add("Authorization", world.policy_token());
        return world.send(method, path, headers, body.dump());
    }
    json put(const std::string& id, const json& body, http::Headers headers = {}) {
        const auto response = ask("PUT", "/configurations/" + id, body, std::move(headers));
        EXPECT_EQ(response.status, 200) << response.body;
        return json_of(response);
    }
    json desired(const std::string& path) {
        auto values = json_of(ask("GET", "/twins/" + path)).at("properties").at("desired");
        values.erase("$version");
        values.erase("$metadata");
        return values;
    }
    void tag(const std::string& path, const json& tags) {
        ASSERT_EQ(ask("PATCH", "/twins/" + path, {{"tags", tags}}).status, 200);
    }
    json results(const std::string& id, const char* metrics = "systemMetrics") {
        return json_of(ask("GET", "/configurations/" + id)).at(metrics).at("results");
    }

    World world;
};

TEST_F(ConfigurationsApi, ReachWhoMatchesNowAndLater) {
    for (const auto* id : {"a", "b"})
        world.put_device(id);
    tag("a", {{"site", "Hamburg"}});
    put("c", configuration("tags.site = 'Hamburg'", {{"properties.desired.fan.speed", 3}}));
    EXPECT_EQ(desired("a"), json::parse(R"({"fan": {"speed": 3}})"));
    EXPECT_EQ(desired("b"), json::object());
    EXPECT_EQ(results("c"), json::parse(R"({"targetedCount": 1, "appliedCount": 1})"));

    tag("b", {{"site", "Hamburg"}});  // begins to match
    EXPECT_EQ(desired("b"), json::parse(R"({"fan": {"speed": 3}})"));
    world.put_device("c");
    EXPECT_EQ(desired("c"), json::object());
    EXPECT_EQ(results("c"), json::parse(R"({"targetedCount": 2, "appliedCount": 2})"));
    const auto twin = json_of(ask("GET", "/twins/b"));
    EXPECT_EQ(twin.at("configurations"), json::parse(R"({"c": {"status": "Applied"}})"));

    put("all", configuration("*", {{"properties.desired.log", true}}));
    world.put_device("made-later");
    EXPECT_EQ(desired("made-later"), json::parse(R"({"log": true})"));
}

TEST_F(ConfigurationsApi, FollowReportedPropertiesAndIds) {
    world.put_device("a");
    put("old", configuration("properties.reported.version < '2'", {{"properties.desired.update", "2.0"}}));
    put("mine", configuration("deviceId = 'a'", {{"properties.desired.mine", 1}}));
    EXPECT_EQ(desired("a"), json::parse(R"({"mine": 1})"));
    auto& services = world.emulator->hub_services();
    const auto link = std::make_shared<testing::FakeLink>();
    services.connected.attach({"localhost", "a"}, link);
    services.device_services.report({"localhost", "a"}, R"({"version": "1.9"})");
    EXPECT_EQ(desired("a"), json::parse(R"({"mine": 1, "update": "2.0"})"));
    ASSERT_EQ(link->patches.size(), 1U);
    EXPECT_EQ(link->patches[0], json::parse(R"({"update": "2.0", "$version": 3})"));

    services.device_services.report({"localhost", "a"}, R"({"version": "2.0"})");  // matches no longer
    EXPECT_EQ(desired("a"), json::parse(R"({"mine": 1})"));
    ASSERT_EQ(link->patches.size(), 2U);
    EXPECT_EQ(link->patches[1], json::parse(R"({"update": null, "$version": 4})"));
    services.device_services.report({"localhost", "a"}, R"({"other": 1})");
    EXPECT_EQ(link->patches.size(), 2U) << "nothing changes, nobody is told";
}

TEST_F(ConfigurationsApi, TheHighestPriorityWins) {
    world.put_device("a");
    put("high", configuration("*", {{"properties.desired.x", "high"}, {"properties.desired.h", 1}}, 20));
    put("low", configuration("*", {{"properties.desired.x", "low"}, {"properties.desired.l", 1}}, 10));
    put("hidden", configuration("*", {{"properties.desired.x", "hidden"}}, 5));
    EXPECT_EQ(desired("a"), json::parse(R"({"x": "high", "h": 1, "l": 1})"));
    EXPECT_EQ(results("low"), json::parse(R"({"targetedCount": 1, "appliedCount": 1})"));
    EXPECT_EQ(results("hidden"), json::parse(R"({"targetedCount": 1, "appliedCount": 0})"));

    put("later", configuration("*", {{"properties.desired.x", "later"}}, 20));
    EXPECT_EQ(desired("a").at("x"), "later") << "of the same priority, the later one";
    EXPECT_EQ(ask("DELETE", "/configurations/later").status, 204);
    EXPECT_EQ(ask("DELETE", "/configurations/high").status, 204);
    EXPECT_EQ(desired("a"), json::parse(R"({"x": "low", "l": 1})"));
    put("low", configuration("tags.none = 1", {{"properties.desired.x", "low"}}), {{"If-Match", "*"}});
    EXPECT_EQ(desired("a"), json::parse(R"({"x": "hidden"})"));
    EXPECT_EQ(ask("DELETE", "/configurations/hidden").status, 204);
    EXPECT_EQ(desired("a"), json::object());
}

TEST_F(ConfigurationsApi, LeaveTheRestOfTheTwinAlone) {
    world.put_device("a");
    ask("PATCH", "/twins/a", {{"properties", {{"desired", {{"own", 1}, {"fan", {{"on", true}}}}}}}});
    put("c", configuration("*", {{"properties.desired.fan.speed", 3}}));
    EXPECT_EQ(desired("a"), json::parse(R"({"own": 1, "fan": {"on": true, "speed": 3}})"));
    ask("PATCH", "/twins/a", {{"properties", {{"desired", {{"fan", {{"speed", 9}}}}}}}});
    EXPECT_EQ(desired("a").at("fan").at("speed"), 3) << "what a configuration sets is its own";
    EXPECT_EQ(ask("DELETE", "/configurations/c").status, 204);
    EXPECT_EQ(desired("a"), json::parse(R"({"own": 1, "fan": {"on": true}})"));
}

TEST_F(ConfigurationsApi, ModulesHaveTheirOwn) {
    world.put_device("a");
    world.put_module("a", "m");
    world.put_module("a", "other");
    put("c", {{"targetCondition", "from devices.modules where moduleId = 'm'"},
              {"content", {{"moduleContent", {{"properties.desired.x", 1}}}}}});
    EXPECT_EQ(desired("a/modules/m"), json::parse(R"({"x": 1})"));
    EXPECT_EQ(desired("a/modules/other"), json::object());
    EXPECT_EQ(desired("a"), json::object());
    EXPECT_EQ(results("c"), json::parse(R"({"targetedCount": 1, "appliedCount": 1})"));
}

TEST_F(ConfigurationsApi, ModulesAreFoundByTagsAndReportedPropertiesNowAndLater) {
    for (const auto* id : {"a", "b"}) {
        world.put_device(id);
        world.put_module(id, "m");
    }
    auto& services = world.emulator->hub_services();
    const IdentityId module{"localhost", "a", "m"};
    put("c", {{"targetCondition",
               "from devices.modules where tags.line = 7 and properties.reported.version < '2'"},
              {"content", {{"moduleContent", {{"properties.desired.x", 1}}}}}});
    services.device_services.report(module, R"({"version": "1"})");
    tag("a", {{"line", 7}});  // the device's, not the module's
    tag("b/modules/m", {{"line", 7}});
    EXPECT_EQ(results("c"), json::parse(R"({"targetedCount": 0, "appliedCount": 0})"));

    const auto link = std::make_shared<testing::FakeLink>();
    services.connected.attach(module, link);
    tag("a/modules/m", {{"line", 7}});  // begins to match
    EXPECT_EQ(desired("a/modules/m"), json::parse(R"({"x": 1})"));
    ASSERT_EQ(link->patches.size(), 1U);
    EXPECT_EQ(link->patches[0].at("x"), 1);
    EXPECT_EQ(desired("b/modules/m"), json::object());
    EXPECT_EQ(results("c"), json::parse(R"({"targetedCount": 1, "appliedCount": 1})"));

    services.device_services.report(module, R"({"version": "2"})");  // matches no longer
    EXPECT_EQ(desired("a/modules/m"), json::object());
    EXPECT_EQ(results("c"), json::parse(R"({"targetedCount": 0, "appliedCount": 0})"));
}

TEST_F(ConfigurationsApi, AModuleThatIsMadeLaterIsConfigured) {
    world.put_device("a");
    put("c", {{"targetCondition", "from devices.modules where deviceId = 'a'"},
              {"content", {{"moduleContent", {{"properties.desired.x", 1}}}}}});
    world.put_module("a", "m");
    EXPECT_EQ(desired("a/modules/m"), json::parse(R"({"x": 1})"));
    EXPECT_EQ(desired("a"), json::object());
    EXPECT_EQ(results("c"), json::parse(R"({"targetedCount": 1, "appliedCount": 1})"));
}

TEST_F(ConfigurationsApi, OfTheSamePriorityTheOneThatWasCreatedLaterWins) {
    world.put_device("a");
    put("z", configuration("*", {{"properties.desired.x", "z"}}));
    put("a", configuration("*", {{"properties.desired.x", "a"}}));
    EXPECT_EQ(desired("a").at("x"), "a") << "whatever its name";
    put("z", configuration("*", {{"properties.desired.x", "updated"}}), {{"If-Match", "*"}});
    EXPECT_EQ(desired("a").at("x"), "a") << "an update makes it no younger";
    EXPECT_EQ(results("z"), json::parse(R"({"targetedCount": 1, "appliedCount": 0})"));
    put("z", configuration("*", {{"properties.desired.x", "above"}}, 11), {{"If-Match", "*"}});
    EXPECT_EQ(desired("a").at("x"), "above");
    EXPECT_EQ(results("z"), json::parse(R"({"targetedCount": 1, "appliedCount": 1})"));
    EXPECT_EQ(results("a"), json::parse(R"({"targetedCount": 1, "appliedCount": 0})"));
}

TEST_F(ConfigurationsApi, AreKeptAndGuarded) {
    const auto body = configuration("tags.x = 1", {{"properties.desired.y", 1}});
    auto created = put("c", body);
    EXPECT_EQ(created.at("id"), "c");
    EXPECT_EQ(created.at("priority"), 10);
    EXPECT_EQ(created.at("schemaVersion"), "1.0");
    EXPECT_EQ(created.at("content"), body.at("content"));
    EXPECT_TRUE(created.contains("createdTimeUtc") && created.contains("lastUpdatedTimeUtc"));
    EXPECT_EQ(ask("PUT", "/configurations/c", body).status, 409);
    EXPECT_EQ(ask("PUT", "/configurations/none", body, {{"If-Match", "*"}}).status, 404);
    EXPECT_EQ(ask("PUT", "/configurations/c", body, {{"If-Match", "other"}}).status, 412);
    const auto etag = created.at("etag").get<std::string>();
    const auto updated = put("c", created, {{"If-Match", '"' + etag + '"'}});
    EXPECT_NE(updated.at("etag"), etag);
    EXPECT_EQ(ask("DELETE", "/configurations/c", {}, {{"If-Match", etag}}).status, 412);
    put("b", body);
    const auto list = json_of(ask("GET", "/configurations?top=20"));
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].at("id"), "b");
    EXPECT_EQ(json_of(ask("GET", "/configurations?top=1")).size(), 1U);
    EXPECT_EQ(ask("DELETE", "/configurations/c").status, 204);
    EXPECT_EQ(ask("GET", "/configurations/c").status, 404);
    EXPECT_EQ(ask("DELETE", "/configurations/c").status, 404);
}

TEST_F(ConfigurationsApi, WhatIsWrongIsNamed) {
    const json content{{"properties.desired.x", 1}};
    const auto modules = json{{"moduleContent", content}};
    for (const auto& [body, why] : std::initializer_list<std::pair<json, std::string>>{
             {configuration("tags.x =", content), "targetCondition: the query is wrong at position"},
             {configuration("connectionState = 'Connected'", content), "no property that can be used here"},
             {configuration("*", {{"properties.reported.x", 1}}), "properties.desired."},
             {configuration("*", {{"x", 1}}), "properties.desired."},
             {configuration("*", {{"properties.desired.a..b", 1}}), "empty name"},
             {configuration("*", {{"properties.desired.a b", 1}}), "name"},
             {configuration("*", content, -1), "priority"},
             {configuration("from devices.modules where moduleId = 'm'", content), "deviceContent needs"},
             {{{"targetCondition", "*"}, {"content", modules}}, "moduleContent needs"},
             {{{"targetCondition", "*"}, {"content", {{"modulesContent", json::object()}}}}, "IoT Edge"},
             {{{"targetCondition", 1}}, "targetCondition"},
             {{{"id", "other"}}, "id in the body"},
             {{{"labels", {{"a", 1}}}}, "labels.a"},
             {{{"metrics", {{"queries", {{"q", "select"}}}}}}, "metrics.queries.q"}}) {
        const auto response = ask("PUT", "/configurations/c", body);
        EXPECT_EQ(response.status, 400) << body;
        EXPECT_THAT(json_of(response).value("Message", ""), HasSubstr(why)) << body;
    }
    EXPECT_EQ(ask("PUT", "/configurations/a%20b", configuration("*", content)).status, 400);
    EXPECT_TRUE(json_of(ask("GET", "/configurations")).empty());
}

TEST_F(ConfigurationsApi, ThereIsAnEndToThem) {
    for (int i = 0; i < 100; ++i)
        put("c" + std::to_string(i), {{"targetCondition", ""}});
    const auto refused = ask("PUT", "/configurations/more", {{"targetCondition", ""}});
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.headers.find("iothub-errorcode"), "IotHubQuotaExceeded");
    EXPECT_EQ(ask("DELETE", "/configurations/c7").status, 204);
    put("more", {{"targetCondition", ""}});
}

TEST_F(ConfigurationsApi, CustomMetricsCountTwins) {
    world.put_device("a");
    world.put_device("b");
    auto body = configuration("*", {{"properties.desired.x", 1}});
    body["metrics"]["queries"] = {
        {"done", "select deviceId from devices where properties.reported.x = 1"},
        {"all", "select count() as n from devices"},
        {"applied", "select deviceId from devices where configurations.[[c]].status = 'Applied'"}};
    put("c", body);
    world.emulator->hub_services().device_services.report({"localhost", "b"}, R"({"x": 1})");
    EXPECT_EQ(results("c", "metrics"), json::parse(R"({"done": 1, "all": 2, "applied": 2})"));
    const auto queries = json_of(ask("GET", "/configurations/c")).at("systemMetrics").at("queries");
    for (const auto& [name, query] : queries.items()) {
        const auto rows = json_of(ask("POST", "/devices/query", {{"query", query}}));
        EXPECT_EQ(rows.size(), 2U) << name << query;
    }
}

TEST_F(ConfigurationsApi, ATwinWithoutRoomIsLeftAlone) {
    world.put_device("a");
    json big;
    for (int i = 0; i < 31; ++i)
        big["k" + std::to_string(10 + i)] = std::string(1021, 'x');
    ask("PATCH", "/twins/a", {{"properties", {{"desired", big}}}});
    put("c", configuration("*", {{"properties.desired.more", std::string(2000, 'x')}}));
    EXPECT_EQ(desired("a"), big);
    EXPECT_EQ(results("c"), json::parse(R"({"targetedCount": 1, "appliedCount": 0})"));
}

TEST_F(ConfigurationsApi, ContentIsAppliedToOneDevice) {
    world.put_device("a");
    const auto path = "/devices/a/applyConfigurationContent";
    EXPECT_EQ(ask("POST", path, {{"deviceContent", {{"properties.desired.x.y", 1}}}}).status, 204);
    EXPECT_EQ(desired("a"), json::parse(R"({"x": {"y": 1}})"));
    EXPECT_EQ(
        ask("POST", path, {{"deviceContent", {{"properties.desired.x", 1}, {"properties.desired.x.y", 2}}}})
            .status,
        204);
    EXPECT_EQ(ask("POST", path, {{"modulesContent", json::object()}}).status, 400);
    EXPECT_EQ(
        ask("POST", "/devices/none/applyConfigurationContent", {{"deviceContent", json::object()}}).status,
        404);
}

TEST_F(ConfigurationsApi, SurviveARestart) {
    auto database = store::Database::in_memory();
    const Configuration kept = [&] {
        auto transaction = database->begin();
        auto made = parse_configuration(configuration("*", {{"properties.desired.x", 1}}), "c");
        made.etag = "e";
        made.sequence = 1;
        save_configuration(transaction, "localhost", made);
        transaction.commit();
        return made;
    }();
    const ConfigurationCache cache(*database);
    ASSERT_EQ(cache.of_hub("localhost")->size(), 1U);
    EXPECT_EQ(cache.of_hub("localhost")->front().document, kept.document);
    EXPECT_EQ(cache.of_hub("localhost")->front().settings.size(), 1U);
    EXPECT_TRUE(cache.of_hub("127.0.0.1")->empty());
}

}  // namespace
}  // namespace emulator::hub
