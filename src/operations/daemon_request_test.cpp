// SPDX-License-Identifier: Apache-2.0
#include "operations/daemon_request.hpp"

#include <gtest/gtest.h>

namespace device_agent::operations {
namespace {

using Kind = Operation::Kind;

TEST(DaemonRequest, IsTheRouteOfEachOperation) {
    const auto line = [](Kind kind) {
        const auto request = request_for({.kind = kind, .slot = 7, .connection_string = SecretText("x")});
        return request.method + " " + request.path;
    };
    EXPECT_EQ(line(Kind::status), "GET /v1/status");
    EXPECT_EQ(line(Kind::list_slots), "GET /v1/slots");
    EXPECT_EQ(line(Kind::show_slot), "GET /v1/slots/7");
    EXPECT_EQ(line(Kind::slot_token), "POST /v1/slots/7/token");
    EXPECT_EQ(line(Kind::slot_connection_string), "POST /v1/slots/7/connection-string");
    EXPECT_EQ(line(Kind::store_slot), "PUT /v1/slots/7");
    EXPECT_EQ(line(Kind::erase_slot), "DELETE /v1/slots/7");
    EXPECT_EQ(line(Kind::provision), "POST /v1/provision");
    EXPECT_EQ(line(Kind::reprovision), "POST /v1/reprovision");
    EXPECT_EQ(line(Kind::decommission), "POST /v1/decommission");
    EXPECT_EQ(line(Kind::enrollment_info), "GET /v1/enrollment-info");
}

TEST(DaemonRequest, SaysOnlyWhatDiffersFromTheDefaults) {
    EXPECT_TRUE(request_for({.kind = Kind::provision}).body.empty());
    const auto wishes =
        request_for({.kind = Kind::provision, .verify = true, .time_limit = std::chrono::seconds(5)});
    EXPECT_EQ(wishes.body.view(), R"({"timeout":5,"verify":true})");
    EXPECT_TRUE(wishes.tells_steps);
    EXPECT_EQ(request_for({.kind = Kind::slot_token, .expiry = std::chrono::seconds(60)}).body.view(),
              R"({"expiry":60})");
    EXPECT_EQ(request_for({.kind = Kind::store_slot, .connection_string = SecretText("a\"b")}).body.view(),
              R"({"connectionString":"a\"b"})");
}

}  // namespace
}  // namespace device_agent::operations
