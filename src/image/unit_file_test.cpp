// SPDX-License-Identifier: Apache-2.0
#include "image/unit_file.hpp"

#include "image/accounts.hpp"
#include "image/dpkg.hpp"
#include "image/package_evidence.hpp"
#include "image/software.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace device_agent::image {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(UnitFile, SettingsKeepTheirSectionAndLine) {
    EXPECT_THAT(parse_unit_file("# comment\n[Unit]\nDescription = A b \n\n[X-DeviceAgent]\nApplication=AppB"),
                ElementsAre(UnitSetting{"Unit", "Description", "A b", 3},
                            UnitSetting{"X-DeviceAgent", "Application", "AppB", 6}));
}

TEST(UnitFile, ABackslashJoinsLinesAlsoAcrossComments) {
    EXPECT_THAT(
        parse_unit_file("[Service]\nExecStart=/bin/a \\\n; not part of it\n  --flag \\\n  x\nUser=u\\"),
        ElementsAre(UnitSetting{"Service", "ExecStart", "/bin/a  --flag  x", 2},
                    UnitSetting{"Service", "User", "u\\", 6}));
}

TEST(UnitFile, WhatIsNoSettingIsPassedOver) {
    EXPECT_THAT(parse_unit_file("User=before any section\n[Service\nnonsense\n[]\n=x\n\xff\xfe"), IsEmpty());
    EXPECT_THAT(parse_unit_file(""), IsEmpty());
}

TEST(UnitFile, WordsMayBeQuoted) {
    EXPECT_THAT(unit_words("-/bin/a 'b c'  \"d\" e\"f\"g \"\""),
                ElementsAre("-/bin/a", "b c", "d", "efg", ""));
    EXPECT_THAT(unit_words("  "), IsEmpty());
    EXPECT_THAT(unit_words("\"never closed"), ElementsAre("never closed"));
}

class ImageAccounts : public ::testing::Test {
protected:
    ImageAccounts() {
        accounts.read_passwd("root:x:0:0::/root:/bin/sh\nappa:x:100:110::/:\n\nbroken\n:x:1:1:\n+::::::\n");
        accounts.read_group("root:x:0:\ntss:x:105:appa, appd\nappa:x:110:\n");
        accounts.read_sysusers(
            "# comment\nu appb - \"App B\"\nu appc 200:tss -\ng plain 300\nm appb plain\nm appe other\n? "
            "x\nu\n");
    }
    Accounts accounts;
};

TEST_F(ImageAccounts, KnowsUsersAndGroupsOfBothKinds) {
    for (const auto* user : {"root", "appa", "appb", "appc", "appe"})
        EXPECT_TRUE(accounts.has_user(user)) << user;
    for (const auto* group : {"tss", "appb", "plain", "other"})
        EXPECT_TRUE(accounts.has_group(group)) << group;
    for (const auto* nobody : {"appd", "broken", "", "#", "x"})
        EXPECT_FALSE(accounts.has_user(nobody)) << nobody;
    EXPECT_FALSE(accounts.has_group("appc"));
}

TEST_F(ImageAccounts, KnowsWhoIsInAGroup) {
    EXPECT_TRUE(accounts.is_member("appa", "tss"));   // by an entry
    EXPECT_TRUE(accounts.is_member("appd", "tss"));   // likewise
    EXPECT_TRUE(accounts.is_member("appa", "appa"));  // by number
    EXPECT_TRUE(accounts.is_member("appc", "tss"));   // by its own group
    EXPECT_TRUE(accounts.is_member("appb", "plain"));
    EXPECT_FALSE(accounts.is_member("appb", "tss"));
    EXPECT_FALSE(accounts.is_member("nobody", "tss"));
    EXPECT_TRUE(accounts.is_superuser("root"));
    EXPECT_FALSE(accounts.is_superuser("appa"));
}

TEST(Dpkg, NamesTheInstalledPackages) {
    EXPECT_THAT(parse_dpkg_status("Package: a\nStatus: install ok installed\n\nPackage: b\n"
                                  "Status: deinstall ok config-files\n\nStatus: install ok installed\n"),
                ElementsAre("a"));
}

TEST(Dpkg, FindsTheOwnerAlsoAcrossTheLinksIntoUsr) {
    FileOwners owners;
    owners.ask("/usr/bin/app");
    owners.ask("/opt/app");
    owners.read_list("tools", "/.\n/bin\n/bin/app\n/bin/other\n");
    EXPECT_EQ(owners.owner_of("/usr/bin/app"), "tools");
    EXPECT_EQ(owners.owner_of("/opt/app"), "");
    EXPECT_EQ(owners.owner_of("/usr/bin/other"), "");  // nobody asked
}

TEST(NodePackage, IsEvidenceByItsDependencies) {
    const auto evidence = node_evidence("/opt/app/package.json",
                                        "{\"name\": \"press\",\n\"dependencies\": {\"mqtt\": \"^5\",\n"
                                        "\"azure-iot-device-mqtt\": \"1\"}}");
    ASSERT_TRUE(evidence);
    EXPECT_EQ(evidence->name, "press");
    EXPECT_EQ(evidence->use, Use::azure_sdk);
    EXPECT_EQ(evidence->uses, "azure-iot-device-mqtt");
    EXPECT_EQ(evidence->origin, (Origin{"/opt/app/package.json", 3}));
    EXPECT_EQ(evidence->folder, "/opt/app");
}

TEST(NodePackage, OfAnSdkOrWithoutOneIsNone) {
    EXPECT_FALSE(node_evidence("/x/package.json", R"({"name": "mqtt", "dependencies": {"mqtt": "1"}})"));
    EXPECT_FALSE(node_evidence("/x/package.json", R"({"devDependencies": {"azure-iot-device": "1"}})"));
    EXPECT_FALSE(node_evidence("/x/package.json", R"({"dependencies": {"mqtt-pattern": "1"}})"));
    EXPECT_FALSE(node_evidence("/x/package.json", R"({"dependencies": ["mqtt"]})"));
    EXPECT_FALSE(node_evidence("/x/package.json", "mqtt {"));
}

TEST(NodePackage, BelowAnotherIsALibrary) {
    EXPECT_TRUE(is_node_package_file("/opt/app/package.json"));
    EXPECT_TRUE(is_node_package_file("/usr/lib/node_modules/app/package.json"));
    EXPECT_FALSE(is_node_package_file("/opt/app/node_modules/x/package.json"));
    EXPECT_FALSE(is_node_package_file("/usr/lib/node_modules/app/node_modules/x/package.json"));
    EXPECT_FALSE(is_node_package_file("/opt/app/package.json.bak"));
}

TEST(PythonPackage, IsEvidenceByItsRequirements) {
    const auto wheel =
        python_evidence("/usr/lib/python3/dist-packages/press_app-1.2.dist-info/METADATA",
                        "Metadata-Version: 2.1\nName: press-app\nRequires-Dist: Azure.IoT_Device (>=2)\n\n"
                        "Requires-Dist: paho-mqtt\n");
    ASSERT_TRUE(wheel);
    EXPECT_EQ(wheel->name, "press_app");
    EXPECT_EQ(wheel->use, Use::azure_sdk);
    EXPECT_EQ(wheel->origin.line, 3U);
    const auto egg =
        python_evidence("/x/app.egg-info/requires.txt", "other\npaho-mqtt>=1.5\n[extra]\nazure-iot-device\n");
    ASSERT_TRUE(egg);
    EXPECT_EQ(egg->use, Use::mqtt_client);
}

TEST(PythonPackage, OfAnSdkOrOnlyWithAnExtraIsNone) {
    EXPECT_FALSE(python_evidence("/x/azure_iot_device-2.dist-info/METADATA", "Requires-Dist: paho-mqtt\n"));
    EXPECT_FALSE(python_evidence("/x/a-1.dist-info/METADATA", "Requires-Dist: paho-mqtt; extra == 'mqtt'\n"));
    EXPECT_FALSE(python_evidence("/x/a-1.dist-info/METADATA", "Name: a\n\nRequires-Dist: paho-mqtt\n"));
}

TEST(Software, IsKnownByTheBeginningOfALibrarysName) {
    EXPECT_EQ(use_of_library("libpaho-mqtt3as.so.1"), Use::mqtt_client);
    EXPECT_EQ(use_of_library("libiothub_client_mqtt_transport.so"), Use::azure_sdk);
    EXPECT_EQ(use_of_library("libdevice-agent.so.0"), Use::device_agent_library);
    EXPECT_FALSE(use_of_library("libc.so.6"));
    EXPECT_FALSE(use_of_library(""));
}

}  // namespace
}  // namespace device_agent::image
