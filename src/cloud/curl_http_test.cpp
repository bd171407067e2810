// SPDX-License-Identifier: Apache-2.0
// Which certificates are accepted at what time. The servers are real; only the clock is not.
#include "cloud/curl_http.hpp"

#include "foundation/error.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/support/tls_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace device_agent::cloud {
namespace {

using namespace std::chrono_literals;
using support::TlsServer;

constexpr auto day = 24h;
constexpr WallTime first_boot{};  // 1970: the clock was never set

class CertificateTime : public ::testing::Test {
protected:
    /// What the client says of this server when the machine believes that it is `clock`; empty when it is let
    /// in.
    static std::string refusal(const TlsServer& server, WallTime clock) {
        fakes::FakeClock fake(clock);
        ServiceTime time(fake);
        return refusal(server, time, server.authority());
    }

    static std::string refusal(const TlsServer& server, ServiceTime& time,
                               const std::filesystem::path& authority) {
        const auto client = make_http_client({authority, {}, {}, "test"}, time);
        HttpRequest request;
        request.method = "GET";
        request.host = server.host();
        request.path = "/";
        try {
            EXPECT_EQ(client->send(request, {}).status, 200);
            return {};
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::network);
            return error.what();
        }
    }

    const WallTime built = build_time();
};

TEST_F(CertificateTime, OneThatIsValidNowIsAccepted) {
    const TlsServer server({built - day, built + 10 * day}, built);
    EXPECT_EQ(refusal(server, built + day), "");
}

TEST_F(CertificateTime, ARightClockRefusesOneThatIsNotValidYet) {
    const TlsServer server({built + 5 * day, built + 10 * day}, built);
    EXPECT_NE(refusal(server, built + day).find("not yet valid"), std::string::npos);
}

TEST_F(CertificateTime, AClockBeforeTheBuildProvesNothingAgainstItsBeginning) {
    const TlsServer server({built + 5 * day, built + 10 * day}, built + 6 * day);
    EXPECT_EQ(refusal(server, first_boot), "");
}

TEST_F(CertificateTime, AClockBeforeTheBuildDoesNotReviveAnExpiredOne) {
    const TlsServer server({built - 10 * day, built - day}, built);
    EXPECT_NE(refusal(server, first_boot).find("expired"), std::string::npos);
}

TEST_F(CertificateTime, AClockBeforeTheBuildForgivesNothingElse) {
    const TlsServer other_name({built + 5 * day, built + 10 * day, "elsewhere.test"}, built);
    EXPECT_NE(refusal(other_name, first_boot).find("host name"), std::string::npos);

    const TlsServer server({built + 5 * day, built + 10 * day}, built);
    fakes::FakeClock clock(first_boot);
    ServiceTime time(clock);
    EXPECT_THAT(refusal(server, time, other_name.authority()), ::testing::HasSubstr("certificate"));
}

TEST_F(CertificateTime, WhatAServiceSaidTheTimeIsCountsFromThenOn) {
    fakes::FakeClock clock(first_boot);
    ServiceTime time(clock);
    const TlsServer expires_early({built - day, built + 2 * day}, built);
    EXPECT_EQ(refusal(expires_early, time, expires_early.authority()), "");

    const TlsServer tells({built - day, built + 20 * day}, built + 5 * day);
    EXPECT_EQ(refusal(tells, time, tells.authority()), "");
    EXPECT_NE(refusal(expires_early, time, expires_early.authority()).find("expired"), std::string::npos);
}

TEST_F(CertificateTime, ARefusedServersDateCountsNothing) {
    fakes::FakeClock clock(built + day);
    ServiceTime time(clock);
    const TlsServer good({built - day, built + 2 * day}, built);
    const TlsServer liar({built - day, built + 20 * day}, built + 5 * day);
    EXPECT_NE(refusal(liar, time, good.authority()), "");
    EXPECT_EQ(refusal(good, time, good.authority()), "");
}

}  // namespace
}  // namespace device_agent::cloud
