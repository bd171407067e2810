// SPDX-License-Identifier: Apache-2.0
#include "launch/environment.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

namespace device_agent::launch {
namespace {

std::vector<std::string> texts(Environment& environment, const std::string& name) {
    std::vector<std::string> found;
    const auto pointers = environment.pointers();
    EXPECT_EQ(pointers.back(), nullptr);
    for (const char* text : pointers) {
        if (text != nullptr && std::string(text).starts_with(name)) found.emplace_back(text);
    }
    return found;
}

TEST(LaunchEnvironment, KeepsWhatIsInheritedAndReplacesWhatIsSet) {
    ::setenv("LAUNCH_TEST_A", "old", 1);
    ::setenv("LAUNCH_TEST_AB", "kept", 1);
    Environment environment;
    environment.set("LAUNCH_TEST_A", "new");
    environment.set("LAUNCH_TEST_C", "x");
    environment.set("LAUNCH_TEST_C", "a=b");
    EXPECT_THAT(
        texts(environment, "LAUNCH_TEST_"),
        testing::UnorderedElementsAre("LAUNCH_TEST_A=new", "LAUNCH_TEST_AB=kept", "LAUNCH_TEST_C=a=b"));
    EXPECT_STREQ(std::getenv("LAUNCH_TEST_A"), "old");
    ::unsetenv("LAUNCH_TEST_A");
    ::unsetenv("LAUNCH_TEST_AB");
}

}  // namespace
}  // namespace device_agent::launch
