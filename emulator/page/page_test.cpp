// SPDX-License-Identifier: Apache-2.0
#include "emulator/page/page.hpp"

#include "emulator/page/assets.hpp"
#include "emulator/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace emulator::page {
namespace {

using ::testing::HasSubstr;
using testing::World;

std::string header(const http::Response& response, std::string_view name) {
    return std::string(response.headers.find(name).value_or(""));
}

TEST(Page, IsServedWithoutATokenAndHoldsNone) {
    World world;
    const auto index = world.send("GET", "/_emulator/", {}, "");
    EXPECT_EQ(index.status, 200);
    EXPECT_EQ(header(index, "Content-Type"), "text/html; charset=utf-8");
    EXPECT_THAT(index.body, HasSubstr("<title>iot-emulator</title>"));
    for (const auto& asset : assets()) {
        const auto answer = world.send("GET", "/_emulator/" + std::string(asset.name), {}, "");
        EXPECT_EQ(answer.status, 200) << asset.name;
        EXPECT_EQ(answer.body, asset.content);
        EXPECT_EQ(answer.body.find(world.instance.control_token), std::string::npos);
    }
}

TEST(Page, FindsItsFilesWithOrWithoutASlashBehindItsPath) {
    World world;
    const auto index = world.send("GET", "/_emulator", {}, "");
    ASSERT_EQ(index.status, 200);
    const std::regex file(R"re((src|href)="([^"#:]+)")re");
    int found = 0;
    for (auto at = std::sregex_iterator(index.body.begin(), index.body.end(), file);
         at != std::sregex_iterator(); ++at) {
        ++found;
        EXPECT_TRUE((*at)[2].str().starts_with("/_emulator/")) << (*at)[2];
    }
    EXPECT_EQ(found, 2);
}

TEST(Page, IsOnlyForTheEmulatorsOwnNames) {
    World world;
    EXPECT_EQ(world.send("GET", "/_emulator/", {}, "", "rebound.example").status, 403);
}

TEST(Page, AllowsNothingFromElsewhere) {
    World world;
    const auto index = world.send("GET", "/_emulator/", {}, "");
    EXPECT_THAT(header(index, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_THAT(header(index, "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
    EXPECT_EQ(header(index, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header(index, "Referrer-Policy"), "no-referrer");
    const std::regex elsewhere(R"((src|href)="(https?:)?//|import .* from '[^.])");
    for (const auto& asset : assets())
        EXPECT_FALSE(std::regex_search(std::string(asset.content), elsewhere)) << asset.name;
}

TEST(Page, LeavesTheControlApiGuarded) {
    World world;
    EXPECT_EQ(world.send("GET", "/_emulator/status", {}, "").status, 401);
    EXPECT_EQ(world.send("POST", "/_emulator/", {}, "").status, 401);
    EXPECT_EQ(world.send("GET", "/_emulator/nothing.js", {}, "").status, 401);
    EXPECT_EQ(world.send("GET", "/_emulator/app.js/..", {}, "").status, 401);
}

TEST(Page, LinksItselfWithTheTokenWhereNoBrowserSendsIt) {
    EXPECT_EQ(link("https://localhost:8443/_emulator", "abc"), "https://localhost:8443/_emulator/#token=abc");
}

}  // namespace
}  // namespace emulator::page
