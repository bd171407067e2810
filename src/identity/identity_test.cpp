// SPDX-License-Identifier: Apache-2.0
#include "identity/identity.hpp"

#include "foundation/error.hpp"
#include "identity/credentials.hpp"

#include <gtest/gtest.h>

namespace device_agent::identity {
namespace {

TEST(Identity, ItsTextGoesBothWays) {
    const Identity device{"hub.test", "dev-1", std::nullopt};
    const auto module = device.module_identity("AppB");
    EXPECT_EQ(device.text(), "hub.test/dev-1");
    EXPECT_EQ(module.text(), "hub.test/dev-1/AppB");
    EXPECT_EQ(Identity::parse(device.text()), device);
    EXPECT_EQ(Identity::parse(module.text()), module);
    EXPECT_EQ(module.device_identity(), device);
}

TEST(Identity, RefusesTextsThatAreNone) {
    for (const char* wrong : {"", "hub", "/", "hub/", "/dev", "hub//m", "hub/dev/", "hub/dev/m/x",
                              "hub/dev\n", "hub/de v", "hub/dev;x", "h\xc3\xa9/dev"}) {
        EXPECT_FALSE(Identity::parse(wrong)) << wrong;
    }
    EXPECT_FALSE(Identity::parse("hub/" + std::string(254, 'd')));
}

TEST(Identity, ItsResourceIsThatOfTheHub) {
    const Identity device{"hub.test", "dev-1", std::nullopt};
    EXPECT_EQ(device.sas_resource(), "hub.test/devices/dev-1");
    EXPECT_EQ(device.module_identity("AppB").sas_resource(), "hub.test/devices/dev-1/modules/AppB");
}

TEST(Credentials, AConnectionStringNamesTheIdentityAndCarriesTheToken) {
    const Identity device{"hub.test", "dev-1", std::nullopt};
    const cloud::SasToken token{SecretText("SharedAccessSignature sr=x&sig=y&se=1"), {}};
    EXPECT_EQ(make_connection_string(device, token).view(),
              "HostName=hub.test;DeviceId=dev-1;SharedAccessSignature=SharedAccessSignature sr=x&sig=y&se=1");
    EXPECT_EQ(make_connection_string(device.module_identity("AppB"), token).view(),
              "HostName=hub.test;DeviceId=dev-1;ModuleId=AppB;SharedAccessSignature=SharedAccessSignature "
              "sr=x&sig=y&se=1");
}

TEST(Credentials, TheConnectionStringOfACertificateHasNoToken) {
    EXPECT_EQ(make_x509_connection_string({"hub.test", "dev-1", std::nullopt}).view(),
              "HostName=hub.test;DeviceId=dev-1;x509=true");
}

}  // namespace
}  // namespace device_agent::identity
