// SPDX-License-Identifier: Apache-2.0
#include "app_api/token_cache.hpp"

#include <gtest/gtest.h>

namespace device_agent::app_api {
namespace {

using std::chrono::seconds;

const Moment start{WallTime(seconds(1'900'000'000)), seconds(50'000)};
const TokenKey key{"hub/devices/d/modules/m", 1, seconds(100)};

Moment later(int by_wall, int by_boot) {
    return {start.wall + seconds(by_wall), start.since_boot + seconds(by_boot)};
}

TokenPointer token(const char* text = "SharedAccessSignature x") {
    return std::make_shared<const cloud::SasToken>(
        cloud::SasToken{SecretText(text), start.wall + seconds(100)});
}

TEST(TokenCache, KeepsATokenWhileNineTenthsOfItsLifeRemain) {
    TokenCache cache(8);
    const auto made = token();
    cache.keep(key, made, start);
    EXPECT_EQ(cache.find(key, start), made);
    EXPECT_EQ(cache.find(key, later(10, 10)), made);
    EXPECT_EQ(cache.find(key, later(11, 11)), nullptr);
    EXPECT_EQ(cache.size(), 0U);
}

TEST(TokenCache, BothClocksMustAgree) {
    const auto is_kept_at = [](const Moment& now) {
        TokenCache cache(8);
        cache.keep(key, token(), start);
        return cache.find(key, now) != nullptr;
    };
    EXPECT_TRUE(is_kept_at(later(1, 2)));
    EXPECT_FALSE(is_kept_at(later(1, 11))) << "the wall clock was set back, or the machine slept";
    EXPECT_FALSE(is_kept_at(later(1'000'000, 1))) << "the wall clock was set forward";
    EXPECT_FALSE(is_kept_at(later(-1, 1))) << "the token's expiry was that of a clock ahead";
}

TEST(TokenCache, AnotherIdentityKeyOrLifeIsAnotherToken) {
    TokenCache cache(8);
    cache.keep(key, token(), start);
    EXPECT_EQ(cache.find({"hub/devices/d/modules/n", 1, seconds(100)}, start), nullptr);
    EXPECT_EQ(cache.find({key.resource, 2, seconds(100)}, start), nullptr);
    EXPECT_EQ(cache.find({key.resource, 1, seconds(101)}, start), nullptr);
}

TEST(TokenCache, TheOldestMakesRoom) {
    TokenCache cache(2);
    const auto of_life = [](int life) { return TokenKey{"r", 1, seconds(life)}; };
    cache.keep(of_life(300), token(), later(2, 2));
    cache.keep(of_life(100), token(), later(1, 1));
    cache.keep(of_life(200), token(), later(3, 3));
    EXPECT_EQ(cache.size(), 2U);
    EXPECT_EQ(cache.find(of_life(100), later(3, 3)), nullptr);
    EXPECT_NE(cache.find(of_life(300), later(3, 3)), nullptr);
    cache.clear();
    EXPECT_EQ(cache.size(), 0U);
}

TEST(TokenCache, TheClocksAreThoseOfTheMachine) {
    const auto now = moment_now();
    EXPECT_GT(now.wall.time_since_epoch().count(), 0);
    EXPECT_GT(now.since_boot.count(), 0);
}

}  // namespace
}  // namespace device_agent::app_api
