// SPDX-License-Identifier: Apache-2.0
#include "daemon/fixed_settings.hpp"

#include "foundation/error.hpp"

#include <gtest/gtest.h>

#include <string>

namespace device_agent::daemon {
namespace {

// What is said of the change; empty when it is allowed.
std::string verdict(const config::Configuration& now, const config::Configuration& wanted) {
    try {
        require_same_fixed_settings(now, wanted);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::configuration);
        return error.what();
    }
    return {};
}

TEST(FixedSettings, WhereTheAgentLivesNeedsARestartAndIsNamed) {
    const config::Configuration now;
    auto wanted = now;
    wanted.socket = "/run/other.sock";
    wanted.tpm.tcti = "device:/dev/tpm0";
    const auto told = verdict(now, wanted);
    EXPECT_EQ(told.rfind("a change of socket, tpm takes effect only when the agent starts", 0), 0U) << told;
    wanted = now;
    wanted.state_directory = "/var/lib/other";
    EXPECT_NE(verdict(now, wanted).find("stateDirectory"), std::string::npos);
    wanted = now;
    wanted.identity_store = config::IdentityStore::file;
    EXPECT_NE(verdict(now, wanted).find("identityStore"), std::string::npos);
}

TEST(FixedSettings, EverythingElseMayChange) {
    const config::Configuration now;
    auto wanted = now;
    wanted.dps_uri = "other.example";
    wanted.other_modules.push_back({"AppC", 3, false});
    wanted.max_token_lifetime = std::chrono::seconds(60);
    EXPECT_EQ(verdict(now, wanted), "");
}

}  // namespace
}  // namespace device_agent::daemon
