// SPDX-License-Identifier: Apache-2.0
#include "app_api/message.hpp"

#include <gtest/gtest.h>

namespace device_agent::app_api {
namespace {

TEST(AcceptHeader, ChoosesTheForm) {
    EXPECT_EQ(format_for(""), Format::json);
    EXPECT_EQ(format_for("*/*"), Format::json);
    EXPECT_EQ(format_for("text/plain"), Format::text);
    EXPECT_EQ(format_for("Text/Plain; charset=utf-8"), Format::text);
    EXPECT_EQ(format_for("application/x-ndjson"), Format::steps);
    EXPECT_EQ(format_for("application/json, text/plain"), Format::json) << "of equals the first";
    EXPECT_EQ(format_for("text/plain, application/json"), Format::text);
    EXPECT_EQ(format_for("application/json;q=0.5, text/plain;q=0.51"), Format::text);
    EXPECT_EQ(format_for("text/plain;q=0, */*"), Format::json);
    EXPECT_EQ(format_for("image/png, text/plain;q=0.001"), Format::text);
    EXPECT_EQ(format_for("image/png"), Format::json);
    EXPECT_EQ(format_for(",;q=,text/plain;q=x;;,"), Format::text) << "what is no weight counts as none";
}

}  // namespace
}  // namespace device_agent::app_api
