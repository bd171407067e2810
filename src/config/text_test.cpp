// SPDX-License-Identifier: Apache-2.0
#include "config/text.hpp"

#include "config/suggestion.hpp"

#include <gtest/gtest.h>

namespace device_agent::config {
namespace {

TEST(Quote, IsOnePrintableLine) {
    EXPECT_EQ(quote("plain"), "\"plain\"");
    EXPECT_EQ(quote("a\nb\x1b[31m\x7f\"\\"), R"("a\u000ab\u001b[31m\u007f\"\\")");
    EXPECT_EQ(quote("\xc2\x9b"), R"("\u009b")") << "the one-byte form of an escape sequence";
    EXPECT_EQ(quote("für"), "\"für\"");
    EXPECT_EQ(quote("\xff"), "\"\xef\xbf\xbd\"") << "no UTF-8";
}

TEST(Quote, IsCutBetweenCharacters) {
    std::string long_text;
    for (int i = 0; i < 70; ++i)
        long_text += "ü";
    EXPECT_EQ(count_characters(quote(long_text)), 64U + 3U);
    EXPECT_EQ(quote(long_text, 70), '"' + long_text + '"');
}

TEST(JoinKey, PutsNamesThatCouldBeMisreadInBrackets) {
    EXPECT_EQ(join_key("", "tpm"), "tpm");
    EXPECT_EQ(join_key("tpm", "tcti"), "tpm.tcti");
    EXPECT_EQ(join_key("applications", "$device"), "applications.$device");
    EXPECT_EQ(join_key("otherModuleIds", "App.B"), "otherModuleIds[\"App.B\"]");
    EXPECT_EQ(join_key("otherModuleIds", ""), "otherModuleIds[\"\"]");
    EXPECT_EQ(join_index("users", 0), "users[0]");
}

TEST(Closest, FindsSlipsOnly) {
    const std::vector<std::string_view> keys{"dpsUri", "dmModuleId", "otherModuleIds", "sasExpiryInterval",
                                             "tpm"};
    EXPECT_EQ(closest("moduleId", keys), "dmModuleId");
    EXPECT_EQ(closest("sasExpiryIntreval", keys), "sasExpiryInterval");
    EXPECT_EQ(closest("DPSURI", keys), "dpsUri");
    EXPECT_EQ(closest("tmp", keys), "tpm");
    EXPECT_EQ(closest("colour", keys), std::nullopt);
    EXPECT_EQ(closest("", keys), std::nullopt);
    EXPECT_EQ(closest(std::string(100'000, 'x'), keys), std::nullopt);
}

}  // namespace
}  // namespace device_agent::config
