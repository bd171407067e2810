// SPDX-License-Identifier: Apache-2.0
#include "identity/connection_string.hpp"

#include "foundation/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace device_agent::identity {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ConnectionString, OfADeviceAndOfAModule) {
    const auto device = parse_connection_string("HostName=h.example;DeviceId=dev-1;SharedAccessKey=AQID");
    EXPECT_EQ(device.identity, (Identity{"h.example", "dev-1", std::nullopt}));
    EXPECT_EQ(device.key, (SecretBytes{1, 2, 3}));
    const auto module =
        parse_connection_string("SharedAccessKey=AQI=;ModuleId=App=B;DeviceId=dev-1;HostName=localhost;");
    EXPECT_EQ(module.identity, (Identity{"localhost", "dev-1", "App=B"}));
    EXPECT_EQ(module.key, (SecretBytes{1, 2}));
}

struct Wrong {
    const char* text;
    const char* reason;
};

class WrongConnectionString : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongConnectionString, IsRefusedByNameAndNothingOfItIsQuoted) {
    try {
        static_cast<void>(parse_connection_string(GetParam().text));
        FAIL() << GetParam().text;
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::usage);
        EXPECT_THAT(error.what(), HasSubstr(GetParam().reason));
        EXPECT_THAT(error.what(), Not(HasSubstr("c2VjcmV0")));
    }
}

const std::string long_key = "HostName=h;DeviceId=d;SharedAccessKey=" + std::string(88, 'A');
const std::string long_device = "HostName=h;DeviceId=" + std::string(129, 'd') + ";SharedAccessKey=c2VjcmV0";

INSTANTIATE_TEST_SUITE_P(
    Texts, WrongConnectionString,
    ::testing::Values(
        Wrong{"", "has no HostName"}, Wrong{"c2VjcmV0", "has a part that is none of"},
        Wrong{"HostName=h;DeviceId=d", "has no SharedAccessKey"},
        Wrong{"HostName=h;SharedAccessKey=c2VjcmV0", "has no DeviceId"},
        Wrong{"DeviceId=d;SharedAccessKey=c2VjcmV0", "has no HostName"},
        Wrong{"HostName=h;DeviceId=d;SharedAccessKey=", "has no value for SharedAccessKey"},
        Wrong{"HostName=h;DeviceId=;SharedAccessKey=c2VjcmV0", "has no value for DeviceId"},
        Wrong{"HostName=h;HostName=h;DeviceId=d;SharedAccessKey=c2VjcmV0", "has HostName twice"},
        Wrong{"HostName=h;;DeviceId=d;SharedAccessKey=c2VjcmV0", "has a part that is none of"},
        Wrong{"HostName=h;DeviceId=d;Key=c2VjcmV0", "has a part that is none of"},
        Wrong{"HostName=h;DeviceId=d;SharedAccessSignature=SharedAccessSignature sr=h&sig=c2VjcmV0&se=1",
              "has a SharedAccessSignature (it expires"},
        Wrong{"HostName=h;DeviceId=d;x509=true", "has a x509 (a slot keeps a symmetric key"},
        Wrong{"HostName=h;SharedAccessKeyName=iothubowner;SharedAccessKey=c2VjcmV0",
              "has a SharedAccessKeyName (it is a policy's"},
        Wrong{"HostName=h;DeviceId=d;GatewayHostName=g;SharedAccessKey=c2VjcmV0", "has a GatewayHostName"},
        Wrong{"HostName=h;DeviceId=d;SharedAccessKey=c2VjcmV0!", "that is not base64"},
        Wrong{"HostName=h;DeviceId=d;SharedAccessKey=c2VjcmV", "that is not base64"},
        Wrong{long_key.c_str(), "not of 1 to 64 bytes"},
        Wrong{"HostName=https://h;DeviceId=d;SharedAccessKey=c2VjcmV0",
              "HostName that is not the name of a host"},
        Wrong{"HostName=h/x;DeviceId=d;SharedAccessKey=c2VjcmV0", "HostName that is not"},
        Wrong{"HostName=h:443;DeviceId=d;SharedAccessKey=c2VjcmV0", "HostName that is not"},
        Wrong{"HostName=.h;DeviceId=d;SharedAccessKey=c2VjcmV0", "HostName that is not"},
        Wrong{"HostName=h;DeviceId=a/b;SharedAccessKey=c2VjcmV0", "DeviceId that no hub allows"},
        Wrong{long_device.c_str(), "DeviceId that no hub allows"},
        Wrong{"HostName=h;DeviceId=d;ModuleId=a b;SharedAccessKey=c2VjcmV0", "ModuleId that no hub allows"}));

}  // namespace
}  // namespace device_agent::identity
