// SPDX-License-Identifier: Apache-2.0
// POST /devices: many changes at once. Queries over what came of it, and the statistics.
#include "emulator/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::hub {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::json_of;
using testing::World;

class Bulk : public ::testing::Test {
protected:
    http::Response ask(const std::string& method, const std::string& path, const json& body = json(),
                       http::Headers headers = {}) {
        headers.add("Authorization", world.policy_token());
        return world.send(method, path, headers, body.is_null() ? "" : body.dump());
    }
    json bulk(const json& entries) {
        const auto response = ask("POST", "/devices", entries);
        EXPECT_EQ(response.status, 200) << response.body;
        return json_of(response);
    }
    json get(const std::string& path) { return json_of(ask("GET", path)); }
    http::Response query(const std::string& text, http::Headers headers = {}) {
        return ask("POST", "/devices/query", {{"query", text}}, std::move(headers));
    }
    std::vector<std::string> ids(const std::string& condition) {
        std::vector<std::string> found;
        for (const auto& row : json_of(query("select deviceId from devices where " + condition)))
            found.push_back(row.at("deviceId"));
        return found;
    }

    World world;
};

TEST_F(Bulk, CreatesWithTwinsAndModules) {
    const auto result = bulk({{{"id", "a"},
                               {"importMode", "create"},
                               {"tags", {{"t", 1}}},
                               {"properties", {{"desired", {{"x", 1}}}}}},
                              {{"id", "b"}, {"importMode", "create"}, {"status", "disabled"}},
                              {{"id", "a"}, {"moduleId", "m"}, {"importMode", "create"}}});
    EXPECT_EQ(result, json::parse(R"({"isSuccessful": true, "errors": [], "warnings": []})"));
    EXPECT_EQ(get("/twins/a").at("tags").at("t"), 1);
    EXPECT_EQ(get("/twins/a").at("properties").at("desired").at("x"), 1);
    EXPECT_EQ(get("/devices/b").at("status"), "disabled");
    EXPECT_EQ(get("/devices/a/modules").size(), 1U);
    EXPECT_EQ(get("/statistics/devices"),
              json::parse(R"({"totalDeviceCount": 2, "enabledDeviceCount": 1, "disabledDeviceCount": 1})"));
}

TEST_F(Bulk, EachEntryStandsForItself) {
    const auto device = world.put_device("a");
    const auto result = bulk({{{"id", "a"}, {"importMode", "create"}},
                              {{"id", "none"}, {"importMode", "update"}},
                              {{"id", "a"}, {"importMode", "updateIfMatchETag"}, {"eTag", "other"}},
                              {{"id", "none"}, {"importMode", "delete"}},
                              {{"id", "a b"}, {"importMode", "create"}},
                              {{"id", "a"}, {"importMode", "polish"}},
                              {{"id", "a"}, {"moduleId", "none"}, {"importMode", "delete"}},
                              {{"id", "good"}, {"importMode", "create"}},
                              7});
    EXPECT_EQ(result.at("isSuccessful"), false);
    std::vector<std::string> codes;
    for (const auto& error : result.at("errors"))
        codes.push_back(error.at("errorCode"));
    EXPECT_THAT(codes,
                ElementsAre("DeviceAlreadyExists", "DeviceNotFound", "PreconditionFailed", "DeviceNotFound",
                            "ArgumentInvalid", "ArgumentInvalid", "ModuleNotFound", "ArgumentInvalid"));
    EXPECT_EQ(result.at("errors")[0].at("deviceId"), "a");
    EXPECT_EQ(result.at("errors")[6].at("moduleId"), "none");
    EXPECT_TRUE(world.has("/devices/good"));
    EXPECT_EQ(get("/devices/a").at("etag"), device.at("etag"));
}

TEST_F(Bulk, UpdatesAndDeletes) {
    const auto device = world.put_device("a");
    world.put_device("b");
    EXPECT_TRUE(bulk({{{"id", "a"},
                       {"importMode", "updateIfMatchETag"},
                       {"eTag", device.at("etag")},
                       {"status", "disabled"}},
                      {{"id", "b"}, {"importMode", "updateTwin"}, {"tags", {{"t", 2}}}},
                      {{"id", "c"}, {"importMode", "createOrUpdate"}}})
                    .at("isSuccessful"));
    EXPECT_EQ(get("/devices/a").at("status"), "disabled");
    EXPECT_EQ(get("/devices/a").at("generationId"), device.at("generationId"));
    EXPECT_EQ(get("/twins/b").at("tags").at("t"), 2);
    const auto etag = get("/devices/b").at("etag");
    EXPECT_TRUE(bulk({{{"id", "a"}, {"importMode", "delete"}},
                      {{"id", "b"}, {"importMode", "deleteIfMatchETag"}, {"etag", etag}}})
                    .at("isSuccessful"));
    EXPECT_EQ(get("/devices").size(), 1U);
}

TEST_F(Bulk, HasALimit) {
    for (const auto& wrong :
         {json::object(), json::array(), json(std::vector<json>(101, json{{"id", "a"}}))}) {
        EXPECT_EQ(ask("POST", "/devices", wrong).status, 400);
    }
}

TEST_F(Bulk, QueriesFindTwins) {
    bulk({{{"id", "a"}, {"importMode", "create"}, {"tags", {{"site", "Hamburg"}}}},
          {{"id", "b"}, {"importMode", "create"}, {"tags", {{"site", "Bremen"}}}, {"status", "disabled"}},
          {{"id", "a"}, {"moduleId", "m"}, {"importMode", "create"}}});
    const auto all = query("select * from devices");
    EXPECT_EQ(all.headers.find("x-ms-item-type"), "twin");
    EXPECT_FALSE(all.headers.find("x-ms-continuation"));
    ASSERT_EQ(json_of(all).size(), 2U);
    EXPECT_EQ(json_of(all)[0], get("/twins/a"));
    EXPECT_THAT(ids("tags.site = 'Bremen'"), ElementsAre("b"));
    EXPECT_THAT(ids("status = 'disabled'"), ElementsAre("b"));
    EXPECT_THAT(ids("connectionState = 'Disconnected'"), ElementsAre("a", "b"));
    EXPECT_THAT(ids("properties.desired.$version = 1"), ElementsAre("a", "b"));
    const auto modules = json_of(query("select * from devices.modules where moduleId = 'm'"));
    ASSERT_EQ(modules.size(), 1U);
    EXPECT_EQ(modules[0], get("/twins/a/modules/m"));
    const auto raw = query("select deviceId, tags.site as place from devices where deviceId = 'a'");
    EXPECT_EQ(raw.headers.find("x-ms-item-type"), "raw");
    EXPECT_EQ(json_of(raw), json::parse(R"([{"deviceId": "a", "place": "Hamburg"}])"));
    EXPECT_EQ(json_of(query("select count() as n from devices")), json::parse(R"([{"n": 2}])"));
    const auto wrong = query("select * from devices where colour = 1");
    EXPECT_EQ(wrong.status, 400);
    EXPECT_THAT(json_of(wrong).value("Message", ""), HasSubstr("position 29"));
    EXPECT_EQ(ask("POST", "/devices/query", json::object()).status, 400);
}

TEST_F(Bulk, QueriesComeInPages) {
    auto entries = json::array();
    for (int i = 0; i < 25; ++i)
        entries.push_back({{"id", "d" + std::to_string(10 + i)}, {"importMode", "create"}});
    bulk(entries);
    std::vector<std::string> found;
    std::string continuation;
    int pages = 0;
    do {
        http::Headers headers{{"x-ms-max-item-count", "10"}};
        if (!continuation.empty()) headers.add("x-ms-continuation", continuation);
        const auto page = query("select deviceId from devices", headers);
        for (const auto& row : json_of(page))
            found.push_back(row.at("deviceId"));
        continuation = page.headers.find("x-ms-continuation").value_or("");
        ++pages;
    } while (!continuation.empty());
    EXPECT_EQ(pages, 3);
    ASSERT_EQ(found.size(), 25U);
    EXPECT_EQ(found.front(), "d10");
    EXPECT_EQ(found.back(), "d34");
    const auto exact = query("select deviceId from devices", {{"x-ms-max-item-count", "25"}});
    EXPECT_FALSE(exact.headers.find("x-ms-continuation"));
    EXPECT_EQ(json_of(query("select top 7 deviceId from devices", {{"x-ms-max-item-count", "5"}})).size(),
              5U);
    EXPECT_EQ(query("select * from devices", {{"x-ms-max-item-count", "0"}}).status, 400);
    EXPECT_EQ(query("select * from devices", {{"x-ms-continuation", "abc"}}).status, 400);
}

}  // namespace
}  // namespace emulator::hub
