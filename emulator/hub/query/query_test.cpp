// SPDX-License-Identifier: Apache-2.0
// The query language: what is understood, what it means, and where it says that it does not understand.
#include "emulator/format_error.hpp"
#include "emulator/hub/query/parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::hub::query {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class Document final : public Subject {
public:
    explicit Document(json document) : document_(std::move(document)) {}
    [[nodiscard]] const json* find(const Path& path) const override { return descend(document_, path, 0); }

private:
    json document_;
};

const Document twin(json::parse(R"({
    "deviceId": "press-7", "moduleId": "App", "status": "enabled",
    "tags": {"site": "Hamburg", "floor": 3, "wet": false, "a.b": 1, "my-tag": "x", "it's": "q", "nothing": {}},
    "properties": {"reported": {"version": "1.2", "load": 0.5}, "desired": {"interval": 10}}})"));

std::optional<bool> ask(const std::string& condition) {
    const auto query = parse_query("select * from devices where " + condition);
    return evaluate(query.where.value(), twin);
}

std::string refusal_of(const std::string& text) {
    try {
        (void)parse_query(text);
    } catch (const FormatError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(Query, Conditions) {
    for (const auto* true_one :
         {"deviceId = 'press-7'",
          "deviceId='press-7' and moduleId=\"App\"",
          "tags.site <> 'Bremen'",
          "tags.site != 'Bremen'",
          "tags.floor > 2",
          "tags.floor >= 3",
          "tags.floor < 3.5",
          "tags.floor <= 3",
          "tags.floor = 3.0",
          "3 = tags.floor",
          "tags.floor > -1",
          "tags.wet = false",
          "NOT tags.wet",
          "tags.floor in [1, 3]",
          "tags.floor IN (3)",
          "tags.floor nin [1, 2]",
          "tags.floor not in [4]",
          "tags.site = 'Bremen' or tags.site = 'Hamburg'",
          "tags.site = 'Bremen' and tags.none = 1 or tags.floor = 3",
          "(tags.site = 'Hamburg' or tags.site = 'Bremen') and tags.floor = 3",
          "not (tags.site = 'Bremen' or tags.floor = 4)",
          "is_defined(tags.site)",
          "not is_defined(tags.none)",
          "IS_STRING(tags.site) and is_number(tags.floor) and is_bool(tags.wet) and is_object(tags.nothing)",
          "startswith(deviceId, 'press-')",
          "STARTS_WITH(tags.site, 'Ham')",
          "ends_with(tags.site, 'burg')",
          "contains(tags.site, 'mbu')",
          "properties.reported.load < properties.desired.interval",
          "properties.reported.version = '1.2'",
          "tags.[[a.b]] = 1",
          "tags.my-tag = 'x'",
          R"(tags.[[it's]] = 'q')",
          R"('\u0041\\\'' = 'A\\\'')",
          "DEVICEID = 'press-7'"}) {
        EXPECT_EQ(ask(true_one), true) << true_one;
    }
    for (const auto* false_one : {"deviceId = 'press-8'", "tags.site = 'hamburg'", "tags.wet",
                                  "not is_defined(tags.site)", "tags.site = 'Hamburg' and tags.floor = 4"}) {
        EXPECT_EQ(ask(false_one), false) << false_one;
    }
}

TEST(Query, WhatIsMissingOrOfAnotherTypeIsNeitherTrueNorFalse) {
    for (const auto* unknown : {"tags.none = 1", "tags.none != 1", "not (tags.none = 1)", "tags.site > 1",
                                "tags.site = 3", "tags.none in [1]", "tags.none nin [1]", "tags.nothing < 1",
                                "tags.site", "startswith(tags.floor, '3')", "tags.none = 1 or tags.floor = 4",
                                "tags.none = 1 and tags.floor = 3", "tags.site.deeper = 1"}) {
        EXPECT_EQ(ask(unknown), std::nullopt) << unknown;
    }
    EXPECT_EQ(ask("tags.none = 1 and tags.floor = 4"), false);
    EXPECT_EQ(ask("tags.none = 1 or tags.floor = 3"), true);
}

TEST(Query, Selections) {
    auto query = parse_query(
        "SELECT TOP 5 deviceId, tags.site AS place, properties.reported.load "
        "FROM devices.modules");
    EXPECT_EQ(query.source, Source::modules);
    EXPECT_EQ(query.top, 5U);
    ASSERT_EQ(query.columns.size(), 3U);
    EXPECT_EQ(query.columns[1].name, "place");
    EXPECT_EQ(query.columns[1].path, (Path{"tags", "site"}));
    EXPECT_EQ(query.columns[2].name, "load");
    query = parse_query("select count() as number from devices where is_defined(tags.x)");
    EXPECT_TRUE(query.counts);
    EXPECT_EQ(query.columns[0].name, "number");
    EXPECT_TRUE(parse_query("select * from devices").columns.empty());
}

TEST(Query, SaysWhereItDoesNotUnderstand) {
    for (const auto& [text, why] : std::initializer_list<std::pair<std::string, std::string>>{
             {"", "position 1: SELECT is expected"},
             {"update devices", "position 1"},
             {"select * from jobs", "position 15: the emulator queries devices"},
             {"select * from devices.jobs", "position 15"},
             {"select * from devices order by deviceId", "position 23"},
             {"select * from devices group by tags.x", "position 23"},
             {"select count() as n, deviceId from devices", "position 22"},
             {"select * from devices where", "position 28"},
             {"select * from devices where colour = 'red'", "position 29: \"colour\""},
             {"select * from devices where properties.other.x = 1", "position 29"},
             {"select * from devices where tags.x =", "position 37"},
             {"select * from devices where tags.x = 'a", "position 38: this text has no end"},
             {"select * from devices where tags.x = 'a\\n'", "escapes"},
             {"select * from devices where tags.x = '\\uD800'", "escapes"},
             {"select * from devices where tags.x = 12ab", "position 38: this is no number"},
             {"select * from devices where tags.x = 1e999", "too large"},
             {"select * from devices where tags..x = 1", "name is missing"},
             {"select * from devices where tags.[[x = 1", "has no ]]"},
             {"select * from devices where tags.x ; 1", "position 36"},
             {"select * from devices where (tags.x = 1", "position 40: ) is expected"},
             {"select * from devices where tags.x in []", "position 40"},
             {"select * from devices where tags.x in [1", "position 41"},
             {"select * from devices where sqrt(tags.x) = 1", "no function sqrt"},
             {"select * from devices where tags.x = 1 tags.y = 2", "position 40"},
             {"select top 0 * from devices", "number of rows"},
             {"select * from devices where " + std::string(100, '(') + "tags.x", "nested too deeply"},
             {"select * from devices where " + std::string(17 * 1024, ' '), "16 KB"}}) {
        EXPECT_THAT(refusal_of(text), HasSubstr(why)) << text.substr(0, 80);
    }
}

TEST(Query, TargetConditions) {
    EXPECT_TRUE(parse_target_condition("").nobody);
    EXPECT_TRUE(parse_target_condition("  ").nobody);
    const auto all = parse_target_condition("*");
    EXPECT_FALSE(all.nobody || all.where);
    EXPECT_EQ(parse_target_condition("tags.site = 'Hamburg'").source, Source::devices);
    const auto modules = parse_target_condition("from devices.modules where moduleId = 'App'");
    EXPECT_EQ(modules.source, Source::modules);
    EXPECT_EQ(evaluate(modules.where.value(), twin), true);
    EXPECT_FALSE(parse_target_condition("FROM devices.modules").where);
    for (const auto* wrong : {"connectionState = 'Connected'", "lastActivityTime > 'x'", "tags.x ="}) {
        EXPECT_THROW((void)parse_target_condition(wrong), FormatError) << wrong;
    }
}

}  // namespace
}  // namespace emulator::hub::query
