// SPDX-License-Identifier: Apache-2.0
#include "attestation/registration_id.hpp"
#include "foundation/encoding.hpp"
#include "foundation/error.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace device_agent::attestation {
namespace {

// From a public issue of the C SDK (azure-iot-sdk-c#2286), with the id that the SDK derived.
constexpr const char* known_endorsement_key =
    "AToAAQALAAMAsgAgg3GXZ0SEs/gakMyNRqXXJP1S124GUgtk8qHaGzMUaaoABgCAAEMAEAgAAAAAAAEAtKEADl/"
    "sNRgmYAjP6gXmbccRaJoTnVixisUa"
    "ek0OwAzFGN70xt9ZOYp6fhIwfcft3fdVKOrKpXYcTe72CGNkGJGlQz5ti9n2pQ0uJhcX8aefh4Onm7lVlUCQAVp1K0r6zI8vkEXWsBIv"
    "wvxk0eMJbFaq"
    "146kbTkJHIGczb89RkFH2TX+CgXeZOG9oXQzUNwktmTUacspamune5Wywc/ce8HsDFYchyUHogFhrZ/"
    "LPnzyTDXO8sSC5z5dvsUBtUME3iRYDyKgZOfB"
    "tmRMqQewD+4iH+ZEJjtsyJiWR8hFhyKROnOuqXfNFwjd5IcNU4wtlKO0cLyXmTOfQK6Da1pr5Q==";
constexpr const char* its_registration_id = "y5wivfciikcievvnsbpkhzcahwm4chuzx6v4hnqnlqfs3fjf6rxa";

TEST(RegistrationId, IsTheOneThatTheSdksDerive) {
    EXPECT_EQ(registration_id_of(base64_decode(known_endorsement_key).value()), its_registration_id);
    EXPECT_EQ(registration_id_of({}), "4oymiquy7qobjgx36tejs35zeqt24qpemsnzgtfeswmrw6csxbkq");
}

TEST(RegistrationId, FollowsTheRuleOfDps) {
    for (const char* id : {"a", "7", "device-1", "Device:1.2_3-4", its_registration_id}) {
        EXPECT_TRUE(is_valid_registration_id(id)) << id;
    }
    EXPECT_TRUE(is_valid_registration_id(std::string(128, 'x')));
    for (const char* id : {"", "-a", "a-", ".a", "a:", "a b", "a/b", "a%20b", "d\xc3\xa9vice", "a\n"}) {
        EXPECT_FALSE(is_valid_registration_id(id)) << id;
    }
    EXPECT_FALSE(is_valid_registration_id(std::string(129, 'x')));
    EXPECT_FALSE(is_valid_registration_id(std::string_view("a\0b", 3)));
}

class ExpandedRegistrationId : public ::testing::Test {
protected:
    void write(const std::string& name, const std::string& content) {
        const auto file = machine.path() / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << content;
    }
    std::string expand(std::string_view text) { return expand_registration_id(text, machine.path()); }
    std::string failure(std::string_view text) {
        try {
            return "became " + expand(text);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::configuration);
            return error.what();
        }
    }

    fakes::TemporaryFolder machine;
};

TEST_F(ExpandedRegistrationId, TakesEachValueFromItsMachine) {
    write("sys/class/dmi/id/product_serial", "SN-0042\n");
    write("proc/device-tree/serial-number", std::string("10000000abcdef\0", 15));
    write("sys/class/net/eth0/address", "02:00:00:00:00:2a\n");
    write("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    EXPECT_EQ(expand("plain-7"), "plain-7");
    EXPECT_EQ(expand("truck-${dmi:product_serial}"), "truck-SN-0042");
    EXPECT_EQ(expand("${dt:serial-number}"), "10000000abcdef");
    EXPECT_EQ(expand("${mac:eth0}"), "02:00:00:00:00:2a");
    EXPECT_EQ(expand("${machine-id}.${dmi:product_serial}"), "0123456789abcdef0123456789abcdef.SN-0042");
}

TEST_F(ExpandedRegistrationId, AMissingAnEmptyOrAForbiddenValueIsAnErrorAndIsNeverAltered) {
    EXPECT_THAT(failure("${machine-id}"), testing::HasSubstr("there is no"));
    write("etc/machine-id", "\n");
    EXPECT_THAT(failure("${machine-id}"), testing::HasSubstr("holds nothing"));
    write("sys/class/dmi/id/product_serial", "To be filled by O.E.M.\n");
    EXPECT_THAT(failure("${dmi:product_serial}"),
                testing::HasSubstr("'To be filled by O.E.M.' breaks DPS's rule"));
    EXPECT_THAT(failure("${mac:../../../etc}"), testing::HasSubstr("is no placeholder"));
    EXPECT_THAT(failure("${uuid}"), testing::HasSubstr("is no placeholder"));
    EXPECT_THAT(failure("${machine-id"), testing::HasSubstr("holds nothing"));
}

}  // namespace
}  // namespace device_agent::attestation
