// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/connection_string.hpp"

#include "emulator/format_error.hpp"

#include <gtest/gtest.h>

namespace emulator::hub {
namespace {

TEST(ConnectionString, OfADevice) {
    const auto parsed = parse_connection_string("HostName=Hub.test;DeviceId=d;SharedAccessKey=AAAA=;");
    EXPECT_EQ(parsed.id.hub, "hub.test");
    EXPECT_EQ(parsed.id.device, "d");
    EXPECT_FALSE(parsed.id.is_module());
    EXPECT_EQ(parsed.shared_access_key.value().view(), "AAAA=");
}

TEST(ConnectionString, OfAModuleWithAToken) {
    const auto parsed = parse_connection_string(
        "SharedAccessSignature=SharedAccessSignature "
        "sr=a&sig=b%3D&se=1;ModuleId=m;HostName=h;DeviceId=d;ModelId=x");
    EXPECT_EQ(parsed.id.module, "m");
    EXPECT_EQ(parsed.shared_access_signature.value().view(), "SharedAccessSignature sr=a&sig=b%3D&se=1");
}

TEST(ConnectionString, OfACertificate) {
    EXPECT_TRUE(parse_connection_string("HostName=h;DeviceId=d;x509=true").x509);
}

TEST(ConnectionString, RefusesWhatTheSdksRefuse) {
    for (const auto* wrong :
         {"", "HostName", "HostName=h", "DeviceId=d;SharedAccessKey=k", "HostName=h;DeviceId=d",
          "HostName=;DeviceId=d;SharedAccessKey=k", "HostName=h;DeviceId=d;ModuleId=;SharedAccessKey=k",
          "HostName=h;HostName=h;DeviceId=d;SharedAccessKey=k",
          "HostName=h;DeviceId=d;SharedAccessKey=k;x509=true", "HostName=h;DeviceId=d;x509=false",
          "HostName=h;SharedAccessKeyName=iothubowner;SharedAccessKey=k"}) {
        EXPECT_THROW(static_cast<void>(parse_connection_string(wrong)), FormatError) << wrong;
    }
}

}  // namespace
}  // namespace emulator::hub
