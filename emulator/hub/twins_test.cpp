// SPDX-License-Identifier: Apache-2.0
// Twins: merging, metadata, versions, etags, and what a twin may hold.
#include "emulator/hub/refusal.hpp"
#include "emulator/hub/twin_limits.hpp"
#include "emulator/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::hub {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::json_of;
using testing::World;

class TwinsTest : public ::testing::Test {
protected:
    TwinsTest() {
        world.put_device("d");
        world.put_module("d", "m");
    }
    http::Response ask(const std::string& method, const std::string& path, const std::string& body = "",
                       http::Headers headers = {}) {
        headers.add("Authorization", world.policy_token());
        return world.send(method, path, headers, body);
    }
    json twin(const std::string& path = "/twins/d") { return json_of(ask("GET", path)); }
    int patch(const std::string& body) { return ask("PATCH", "/twins/d", body).status; }
    std::string why_not(const std::string& body) {
        const auto response = ask("PATCH", "/twins/d", body);
        EXPECT_EQ(response.status, 400) << body.substr(0, 80);
        EXPECT_EQ(response.headers.find("iothub-errorcode"), "ArgumentInvalid");
        return json_of(response).value("Message", "");
    }
    std::int64_t report(const std::string& text, const IdentityId& id = {"localhost", "d"}) {
        return world.emulator->hub_services().device_services.report(id, text);
    }
    int refusal_of_report(const std::string& text) {
        try {
            report(text);
        } catch (const Refusal& refusal) {
            EXPECT_EQ(error_json(refusal).at("errorCode"), form_of(refusal.code()).number);
            return form_of(refusal.code()).number;
        }
        return 0;
    }

    World world;
};

TEST_F(TwinsTest, MetadataMirrorsTheTree) {
    world.clock.advance(std::chrono::seconds{60});
    ASSERT_EQ(patch(R"({"properties": {"desired": {"a": {"b": 1}, "c": [1, 2]}}})"), 200);
    const auto first = device_agent::format_utc(world.clock.now());
    world.clock.advance(std::chrono::seconds{60});
    ASSERT_EQ(patch(R"({"properties": {"desired": {"a": {"d": {"e": true}}}}})"), 200);
    const auto second = device_agent::format_utc(world.clock.now());
    const auto desired = twin().at("properties").at("desired");
    EXPECT_EQ(desired.at("$version"), 3);
    const auto& metadata = desired.at("$metadata");
    EXPECT_EQ(metadata.at("$lastUpdated"), second);
    EXPECT_EQ(metadata.at("$lastUpdatedVersion"), 3);
    EXPECT_EQ(metadata.at("a").at("$lastUpdated"), second);
    EXPECT_EQ(metadata.at("a").at("b").at("$lastUpdated"), first);
    EXPECT_EQ(metadata.at("a").at("b").at("$lastUpdatedVersion"), 2);
    EXPECT_EQ(metadata.at("a").at("d").at("e").at("$lastUpdatedVersion"), 3);
    EXPECT_EQ(metadata.at("c").at("$lastUpdatedVersion"), 2);
    ASSERT_EQ(patch(R"({"properties": {"desired": {"a": {"b": null}, "c": null}}})"), 200);
    const auto after = twin().at("properties").at("desired");
    EXPECT_FALSE(after.at("$metadata").contains("c"));
    EXPECT_FALSE(after.at("$metadata").at("a").contains("b"));
    EXPECT_TRUE(after.at("a").contains("d"));
}

TEST_F(TwinsTest, ReportedPropertiesAreTheDevices) {
    EXPECT_EQ(report(R"({"os": {"name": "Linux", "release": "6.1"}})"), 2);
    EXPECT_EQ(report(R"({"os": {"release": null}, "$version": 7})"), 3);
    auto reported = twin().at("properties").at("reported");
    EXPECT_EQ(reported.at("os"), json::parse(R"({"name": "Linux"})"));
    EXPECT_EQ(reported.at("$version"), 3);
    EXPECT_TRUE(reported.at("$metadata").at("os").at("name").contains("$lastUpdated"));
    EXPECT_FALSE(reported.at("$metadata").contains("$lastUpdatedVersion"));
    const auto seen = world.emulator->hub_services().device_services.twin({"localhost", "d"});
    EXPECT_EQ(seen, json::parse(R"({"desired": {"$version": 1},
                                    "reported": {"$version": 3, "os": {"name": "Linux"}}})"));
    // The back end cannot change them, and the module has a twin of its own.
    EXPECT_EQ(patch(R"({"properties": {"reported": {"os": null}}})"), 200);
    EXPECT_EQ(twin().at("properties").at("reported").at("$version"), 3);
    EXPECT_EQ(report(R"({"x": 1})", {"localhost", "d", "m"}), 2);
    EXPECT_FALSE(twin().at("properties").at("reported").contains("x"));
}

TEST_F(TwinsTest, AReportThatBreaksARuleIsRefused) {
    for (const auto* wrong : {"", "{", "[]", "1", R"({"a.b": 1})", R"({"a": [null]})",
                              R"({"a": 4503599627370496})", R"({"$metadata": 1, "a b": 1})"}) {
        EXPECT_EQ(refusal_of_report(wrong), 400004) << wrong;
    }
    EXPECT_EQ(twin().at("properties").at("reported").at("$version"), 1);
}

TEST_F(TwinsTest, EtagsGuardTagsAndDesired) {
    const auto etag = twin().at("etag").get<std::string>();
    report(R"({"x": 1})");
    EXPECT_EQ(twin().at("etag"), etag) << "a report is no change of what etags guard";
    EXPECT_EQ(twin().at("version"), 2);
    for (const std::string method : {"PATCH", "PUT"}) {
        for (const std::string form : {"*", "\"*\"", "bare", "quoted"}) {
            const auto present = twin().at("etag").get<std::string>();
            const auto if_match = form == "bare" ? present : form == "quoted" ? '"' + present + '"' : form;
            EXPECT_EQ(ask(method, "/twins/d", R"({"tags": {"t": 1}})", {{"If-Match", if_match}}).status, 200);
            EXPECT_NE(twin().at("etag"), present) << method << form;
        }
        const auto refused = ask(method, "/twins/d", "{}", {{"If-Match", etag}});
        EXPECT_EQ(refused.status, 412);
        EXPECT_EQ(refused.headers.find("iothub-errorcode"), "PreconditionFailed");
    }
}

TEST_F(TwinsTest, PutReplaces) {
    patch(R"({"tags": {"a": 1, "b": 2}, "properties": {"desired": {"x": {"y": 1, "z": 2}, "w": 1}}})");
    const auto replaced = json_of(
        ask("PUT", "/twins/d", R"({"tags": {"b": 3}, "properties": {"desired": {"x": {"z": 2}, "v": 1}}})"));
    EXPECT_EQ(replaced.at("tags"), json::parse(R"({"b": 3})"));
    auto desired = replaced.at("properties").at("desired");
    EXPECT_EQ(desired.at("$version"), 3);
    desired.erase("$version");
    desired.erase("$metadata");
    EXPECT_EQ(desired, json::parse(R"({"x": {"z": 2}, "v": 1})"));
    EXPECT_TRUE(json_of(ask("PUT", "/twins/d", "{}")).at("tags").empty());
}

TEST_F(TwinsTest, TakesBackWhatItGave) {
    patch(R"({"tags": {"a": 1}, "properties": {"desired": {"x": 1}}})");
    const auto given = twin();
    EXPECT_EQ(ask("PUT", "/twins/d", given.dump()).status, 200);
    auto now = twin();
    EXPECT_EQ(now.at("tags"), given.at("tags"));
    EXPECT_EQ(now.at("properties").at("desired").at("x"), 1);
    EXPECT_FALSE(now.at("properties").at("desired").at("$metadata").contains("$metadata"));
}

json desired(const json& value) {
    return {{"properties", {{"desired", {{"v", value}}}}}};
}

TEST_F(TwinsTest, Values) {
    EXPECT_EQ(patch(desired(4'503'599'627'370'495).dump()), 200);
    EXPECT_EQ(patch(desired(-4'503'599'627'370'496).dump()), 200);
    EXPECT_THAT(why_not(desired(4'503'599'627'370'496).dump()), HasSubstr("2^52"));
    EXPECT_THAT(why_not(desired(-4'503'599'627'370'497).dump()), HasSubstr("2^52"));
    EXPECT_THAT(why_not(desired(18'446'744'073'709'551'615U).dump()), HasSubstr("2^52"));
    EXPECT_EQ(patch(desired(std::string(4096, 'x')).dump()), 200);
    EXPECT_THAT(why_not(desired(std::string(4097, 'x')).dump()), HasSubstr("4 KB"));
    EXPECT_THAT(why_not(desired({1, nullptr}).dump()), HasSubstr("null"));
    json nested = 1;
    for (int i = 0; i < 11; ++i)  // ten objects below the root
        nested = json{{"o", nested}};
    EXPECT_EQ(patch(json{{"tags", nested}}.dump()), 200);
    EXPECT_THAT(why_not(json{{"tags", {{"o", nested}}}}.dump()), HasSubstr("10 levels"));
}

TEST_F(TwinsTest, Names) {
    EXPECT_EQ(patch(json{{"tags", {{std::string(1024, 'k'), 1}}}}.dump()), 200);
    EXPECT_EQ(patch(json{{"tags", {{"ä-_:#", 1}}}}.dump()), 200);
    for (const auto& name :
         {std::string(1025, 'k'), std::string("a.b"), std::string("a b"), std::string("$a"),
          std::string("a\tb"), std::string("a\x7F"), std::string("a\xC2\x85"), std::string()}) {
        EXPECT_THAT(why_not(json{{"tags", {{name, 1}}}}.dump()), HasSubstr("name")) << name.substr(0, 10);
        EXPECT_THAT(why_not(json{{"tags", {{"t", {{name, 1}}}}}}.dump()), HasSubstr("name"));
    }
}

TEST_F(TwinsTest, Sizes) {
    EXPECT_EQ(twin_size(json::parse(R"({"ab": "cde", "f": 1, "g": true, "h": {"i": [1, "jk"]}})")),
              2U + 3U + 1U + 8U + 1U + 4U + 1U + 1U + 8U + 2U);
    EXPECT_EQ(twin_size(json::parse("{\"a\": \"x\\u0001\\u0085y\"}")), 3U)
        << "control characters do not count";
    const auto filled = [](std::size_t bytes) {  // in members of 1 KB
        json object = json::object();
        for (std::size_t i = 0; i < bytes / 1024; ++i)
            object["k" + std::to_string(10 + i)] = std::string(1024 - 3, 'x');
        return object;
    };
    EXPECT_EQ(patch(json{{"tags", filled(8U * 1024U)}}.dump()), 200);
    EXPECT_THAT(why_not(R"({"tags": {"more": 1}})"), HasSubstr("8 KB"));
    EXPECT_EQ(patch(json{{"properties", {{"desired", filled(32U * 1024U)}}}}.dump()), 200);
    EXPECT_THAT(why_not(R"({"properties": {"desired": {"more": 1}}})"), HasSubstr("32 KB"));
    report(filled(32U * 1024U).dump());
    EXPECT_EQ(refusal_of_report(R"({"more": 1})"), 400004);
    report(R"({"k10": null})");
    EXPECT_GT(report(R"({"more": 1})"), 2);
}

}  // namespace
}  // namespace emulator::hub
