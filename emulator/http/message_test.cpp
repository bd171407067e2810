// SPDX-License-Identifier: Apache-2.0
#include "emulator/http/message.hpp"

#include "emulator/format_error.hpp"
#include "emulator/http/etag.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/http/router.hpp"

#include <gtest/gtest.h>

namespace emulator::http {
namespace {

TEST(Target, IsSplitThenDecoded) {
    const auto target = parse_target("/a%2Fb//c%25/?x=1%262&flag&y=");
    EXPECT_EQ(target.segments, (std::vector<std::string>{"a/b", "c%"}));
    EXPECT_EQ(target.parameter("x"), "1&2");
    EXPECT_EQ(target.parameter("flag"), "");
    EXPECT_EQ(target.parameter("y"), "");
    EXPECT_FALSE(target.parameter("z"));
}

TEST(Target, OtherFormsAreRefused) {
    for (const auto* wrong : {"", "*", "https://host/path", "/%", "/%g0", "/a?x=%1"}) {
        EXPECT_THROW(static_cast<void>(parse_target(wrong)), FormatError) << wrong;
    }
}

TEST(HostName, LosesPortBracketsAndCase) {
    EXPECT_EQ(host_name_of("Hub.Test:8443"), "hub.test");
    EXPECT_EQ(host_name_of("hub.test"), "hub.test");
    EXPECT_EQ(host_name_of("[::1]:443"), "::1");
    EXPECT_EQ(host_name_of("[::1"), "::1");
    EXPECT_EQ(host_name_of(""), "");
}

TEST(Headers, AreFoundWhateverTheirCase) {
    const Headers headers{{"If-Match", "a"}, {"if-match", "b"}};
    EXPECT_EQ(headers.find("IF-MATCH"), "a");
    EXPECT_FALSE(headers.find("If"));
}

TEST(IfMatch, TakesEachFormThatClientsSend) {
    for (const auto* good : {"*", "\"*\"", "tag", "\"tag\"", " tag ", "other, \"tag\""}) {
        EXPECT_TRUE(if_match_allows(good, "tag")) << good;
    }
    for (const auto* bad : {"", "\"\"", "\"", "tag2", "\"TAG\"", "other,", "ta"}) {
        EXPECT_FALSE(if_match_allows(bad, "tag")) << bad;
    }
}

Request request(const std::string& method, const std::string& target) {
    return {.method = method, .target = parse_target(target)};
}

TEST(Router, FindsByMethodAndPath) {
    Router router;
    const auto named = [](const char* name) { return [name](Call&) { return Response{.body = name}; }; };
    router.add("GET", "/things", named("list"));
    router.add("GET", "/things/{id}", named("get"));
    router.add("PUT", "/things/{id}", named("put"));

    const auto ask = [&](const std::string& method, const std::string& target) {
        const auto asked = request(method, target);
        const auto match = router.match(asked);
        Call call{asked};
        return match.handler == nullptr ? match.allowed_methods : (*match.handler)(call).body;
    };
    EXPECT_EQ(ask("GET", "/things"), "list");
    EXPECT_EQ(ask("GET", "/THINGS/"), "list");
    EXPECT_EQ(ask("PUT", "/things/7"), "put");
    EXPECT_EQ(ask("POST", "/things/7"), "GET, PUT");
    EXPECT_EQ(ask("GET", "/things/7/8"), "");
    EXPECT_EQ(router.match(request("GET", "/things/a%2Fb")).parameters.at("id"), "a/b");
}

TEST(Json, HostileTextIsRefused) {
    EXPECT_EQ(parse_json(R"({"a": [1]})").at("a").at(0), 1);
    EXPECT_NO_THROW(static_cast<void>(parse_json(std::string(30, '[') + std::string(30, ']'))));
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    for (const auto& wrong : {std::string(), std::string("{"), std::string("{} {}"), std::string("1e999"),
                              deep, std::string("\"\xff\"")}) {
        EXPECT_THROW(static_cast<void>(parse_json(wrong)), FormatError) << wrong.substr(0, 20);
    }
}

TEST(Json, AnswersEvenWithBytesThatAreNotText) {
    EXPECT_EQ(json_response(200, nlohmann::json{{"a", "\xff"}}).body, "{\"a\":\"\xEF\xBF\xBD\"}");
}

TEST(Json, ContentTypeMayHaveParameters) {
    EXPECT_TRUE(is_json({.headers = {{"content-type", "Application/JSON ; charset=utf-8"}}}));
    EXPECT_FALSE(is_json({.headers = {{"content-type", "application/jsonx"}}}));
    EXPECT_FALSE(is_json({}));
}

}  // namespace
}  // namespace emulator::http
