// SPDX-License-Identifier: Apache-2.0
extern "C" {
#include "client/text.h"
}
#include "device_agent/client.h"

#include <gtest/gtest.h>

#include <string_view>

namespace {

da_text text(std::string_view from) {
    return {from.data(), from.size()};
}

std::string_view view(da_text from) {
    return from.data == nullptr ? std::string_view("none") : std::string_view(from.data, from.size);
}

TEST(ClientText, IdentitiesHaveTwoOrThreeNames) {
    da_identity_text identity;
    ASSERT_TRUE(da_read_identity(text("hub.example/press-7/App$B"), &identity));
    EXPECT_EQ(view(identity.hub), "hub.example");
    EXPECT_EQ(view(identity.device), "press-7");
    EXPECT_EQ(view(identity.module), "App$B");
    ASSERT_TRUE(da_read_identity(text("hub/device"), &identity));
    EXPECT_EQ(view(identity.module), "none");
    for (const char* wrong :
         {"", "/", "hub", "hub/", "/device", "hub//module", "hub/device/", "hub/device/module/more",
          "hub/dev ice", "hub/dev\tice", "hub/device;x", "h\x7f/device", "h\xc3\xbc/device"})
        EXPECT_FALSE(da_read_identity(text(wrong), &identity)) << wrong;
    EXPECT_FALSE(da_read_identity(da_text{nullptr, 0}, &identity));
}

TEST(ClientText, EventsOfALaterVersionAreUnknownAndNotWrong) {
    da_event_text event;
    ASSERT_TRUE(da_read_event(text("rotated AppB"), &event));
    EXPECT_EQ(event.kind, da_event_text::DA_UNKNOWN);
    ASSERT_TRUE(da_read_event(text("changed AppB hub/device hub,colour"), &event));
    EXPECT_EQ(event.what, DEVICE_AGENT_CHANGED_HUB);
    ASSERT_TRUE(da_read_event(text("removed AppB"), &event));
    EXPECT_EQ(event.identity.hub.data, nullptr);
    for (const char* wrong : {"", " ", " provisioned AppB hub/device", "provisioned", "provisioned AppB",
                              "provisioned  hub/device", "changed AppB hub", "removed AppB hub"})
        EXPECT_FALSE(da_read_event(text(wrong), &event)) << wrong;
}

TEST(ClientText, AConnectionStringIsTakenApartWhateverTheOrderOfItsParts) {
    da_credentials_text credentials;
    ASSERT_TRUE(
        da_read_connection_string(text("Later=1;DeviceId=a=b;SharedAccessSignature=SharedAccessSignature "
                                       "se=1790000000&sig=x%3D&sr=hub;HostName=hub"),
                                  &credentials));
    EXPECT_EQ(view(credentials.identity.device), "a=b");
    EXPECT_EQ(view(credentials.token), "SharedAccessSignature se=1790000000&sig=x%3D&sr=hub");
    EXPECT_EQ(credentials.expires, 1790000000);
    EXPECT_FALSE(credentials.x509);
}

TEST(ClientText, ATimeBeyond2038IsATime) {
    da_credentials_text credentials;
    ASSERT_TRUE(da_read_connection_string(
        text("HostName=h;DeviceId=d;SharedAccessSignature=SharedAccessSignature sig=x&se=4102444800"),
        &credentials));
    EXPECT_EQ(credentials.expires, 4102444800);
    EXPECT_FALSE(da_read_connection_string(text("HostName=h;DeviceId=d;SharedAccessSignature="
                                                "SharedAccessSignature sig=x&se=99999999999999999999"),
                                           &credentials));
}

TEST(ClientText, ALineLosesItsEndOnly) {
    EXPECT_EQ(view(da_line(text("a b \r\n"))), "a b ");
    EXPECT_EQ(view(da_line(text("\n\n"))), "\n");
    EXPECT_EQ(view(da_line(text(""))), "");
}

}  // namespace
