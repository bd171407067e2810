// SPDX-License-Identifier: Apache-2.0
#include "app_api/unit_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace device_agent::app_api {
namespace {

std::optional<std::string> version_2(const std::string& path) {
    return unit_of("0::" + path + "\n");
}

TEST(UnitName, IsTheFirstBelowTheSlices) {
    EXPECT_EQ(version_2("/system.slice/appb.service"), "appb.service");
    EXPECT_EQ(version_2("/init.scope"), "init.scope");
    EXPECT_EQ(version_2("/appb.service"), "appb.service");
    EXPECT_EQ(version_2("/system.slice/system-appb.slice/appb@one.service"), "appb@one.service");
    EXPECT_EQ(version_2("/system.slice/appb.service/"), "appb.service");
    EXPECT_EQ(version_2("/machine.slice/libpod-0123abcd.scope/container"), "libpod-0123abcd.scope");
    EXPECT_EQ(version_2(R"(/system.slice/dev-\x2dthing.service)"), R"(dev-\x2dthing.service)");
}

// Whoever was delegated a subtree names what is in it as he likes.
TEST(UnitName, NothingWithinAUnitHasAName) {
    EXPECT_EQ(version_2("/system.slice/other.service/appb.service"), "other.service");
    EXPECT_EQ(version_2("/system.slice/other.service/system.slice/appb.service"), "other.service");
    EXPECT_EQ(version_2("/machine.slice/box.scope/payload/system.slice/appb.service"), "box.scope");
    EXPECT_EQ(version_2("/user.slice/user-1000.slice/user@1000.service/app.slice/appb.service"),
              std::nullopt);
    EXPECT_EQ(version_2("/user.slice/user-1000.slice/session-2.scope"), "session-2.scope");
}

TEST(UnitName, IsNoneOutsideOfUnits) {
    EXPECT_EQ(version_2("/"), std::nullopt);
    EXPECT_EQ(version_2("/system.slice"), std::nullopt);
    EXPECT_EQ(version_2("/docker/0123/appb.service"), std::nullopt);
    EXPECT_EQ(version_2("/../appb.service"), std::nullopt) << "outside of our own namespace";
    EXPECT_EQ(version_2("/system.slice/appb.service (deleted)"), std::nullopt);
    EXPECT_EQ(version_2("/system.slice/appb@.service"), std::nullopt);
    EXPECT_EQ(version_2("/system.slice/@x.service"), std::nullopt);
    EXPECT_EQ(version_2("/system.slice/.service"), std::nullopt);
    EXPECT_EQ(version_2("/a@b.slice/appb.service"), std::nullopt) << "slices have no instances";
    EXPECT_EQ(version_2("/system.slice/app b.service"), std::nullopt);
    EXPECT_EQ(version_2("/system.slice/" + std::string(256, 'a') + ".service"), std::nullopt);
}

// A name that begins like a file of the kernel's gets an underscore in front.
TEST(UnitName, IsUnescaped) {
    EXPECT_EQ(version_2("/system.slice/_cgroup.service"), "cgroup.service");
    EXPECT_EQ(version_2("/_x.slice/__x.service"), "_x.service");
}

TEST(UnitName, IsReadOfVersion1Too) {
    EXPECT_EQ(unit_of("12:pids:/x\n1:name=systemd:/system.slice/appb.service\n0::/\n"), "appb.service");
    EXPECT_EQ(unit_of("1:name=systemd:/\n0::/system.slice/appb.service\n"), "appb.service");
    EXPECT_EQ(unit_of("1:name=systemd:/system.slice/appb.service\n0::/system.slice/appb.service\n"),
              "appb.service");
    EXPECT_EQ(unit_of("1:name=systemd:/system.slice/appb.service\n0::/system.slice/other.service\n"),
              std::nullopt);
    EXPECT_EQ(unit_of("1:name=systemd:/system.slice/appb.service\n0::/other\n"), std::nullopt);
    EXPECT_EQ(unit_of("4:memory:/system.slice/appb.service\n"), std::nullopt);
}

TEST(UnitName, IsNoneWhereTheTextIsNotAsExpected) {
    for (const auto* text : {"", "\n", ":", "::", "0:", "0::", "0::\n", "0::system.slice/appb.service\n",
                             "1::/system.slice/appb.service\n", "0:x:/system.slice/appb.service\n",
                             "0::/system.slice/appb.service\n0::/system.slice/appb.service\n"})
        EXPECT_EQ(unit_of(text), std::nullopt) << text;
    EXPECT_EQ(unit_of(std::string("0::/system.slice/app\0b.service\n", 31)), std::nullopt);
    EXPECT_EQ(unit_of("0::/system.slice/appb.service"), "appb.service") << "a last line without an end";
}

}  // namespace
}  // namespace device_agent::app_api
