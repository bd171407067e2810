// SPDX-License-Identifier: Apache-2.0
#include "emulator/format_error.hpp"
#include "emulator/mqtt/dps_topic.hpp"
#include "emulator/mqtt/hub_topic.hpp"

#include <gtest/gtest.h>

namespace emulator::mqtt {
namespace {

const hub::IdentityId device{"hub", "d 1"};
const hub::IdentityId module{"hub", "d 1", "m"};

TEST(PropertyBagTest, NoValueIsAnotherThingThanAnEmptyOne) {
    const auto bag = parse_property_bag("a=1%262&b&c=&%24.ct=application%2Fjson&d=x=y");
    EXPECT_EQ(bag.at("a"), "1&2");
    EXPECT_EQ(bag.at("b"), std::nullopt);
    EXPECT_EQ(bag.at("c"), "");
    EXPECT_EQ(bag.at("$.ct"), "application/json");
    EXPECT_EQ(bag.at("d"), "x=y");
    EXPECT_EQ(parse_property_bag(encode(bag)), bag);
    EXPECT_TRUE(parse_property_bag("").empty());
    EXPECT_TRUE(parse_property_bag("?").empty());
}

TEST(PropertyBagTest, WhatIsMalformedIsRefused) {
    for (const auto* text : {"a=%", "a=%zz", "%1=a", "=1", "a=1&&b=2", "a=1&a=2", "&"}) {
        EXPECT_THROW(parse_property_bag(text), FormatError) << text;
    }
}

TEST(HubTopics, AreWhatAnIdentityMayPublishTo) {
    EXPECT_EQ(
        std::get<Telemetry>(parse_hub_topic("devices/d 1/messages/events/a=1", device)).properties.at("a"),
        "1");
    for (const auto* topic : {"devices/d 1/messages/events", "devices/d%201/messages/events/",
                              "devices/d 1/messages/events/a=1/"}) {
        EXPECT_TRUE(std::holds_alternative<Telemetry>(parse_hub_topic(topic, device))) << topic;
    }
    EXPECT_TRUE(
        std::holds_alternative<Telemetry>(parse_hub_topic("devices/d 1/modules/m/messages/events/", module)));
    EXPECT_EQ(std::get<TwinGet>(parse_hub_topic("$iothub/twin/GET/?$rid=7", device)).request_id, "7");
    EXPECT_EQ(std::get<TwinPatch>(parse_hub_topic("$iothub/twin/PATCH/properties/reported/?$rid=a", device))
                  .request_id,
              "a");
    const auto method = std::get<MethodResponse>(parse_hub_topic("$iothub/methods/res/-2/?$rid=x", device));
    EXPECT_EQ(method.status, -2);
    EXPECT_EQ(method.request_id, "x");
}

TEST(HubTopics, OthersAreRefused) {
    for (const auto* topic :
         {"x", "devices/other/messages/events/", "devices/d 1/messages/eventsX",
          "devices/d 1/messages/events/a/b", "devices/d 1/modules/m/messages/events/",
          "devices/d 1/messages/devicebound/", "$iothub/twin/GET/", "$iothub/twin/GET/?rid=1",
          "$iothub/twin/GET/?$rid=", "$iothub/twin/GET/$rid=1", "$iothub/twin/res/200/?$rid=1",
          "$iothub/twin/PATCH/properties/desired/?$rid=1", "$iothub/methods/res/?$rid=1",
          "$iothub/methods/res/ok/?$rid=1", "$iothub/methods/res/200",
          "$iothub/methods/res/99999999999/?$rid=1", "$dps/registrations/PUT/iotdps-register/?$rid=1"}) {
        EXPECT_THROW(parse_hub_topic(topic, device), FormatError) << topic;
    }
    EXPECT_THROW(parse_hub_topic("devices/d 1/messages/events/", module), FormatError)
        << "a module speaks for itself alone";
}

TEST(HubTopics, OnlyDocumentedFiltersAreKnown) {
    EXPECT_EQ(parse_hub_filter("devices/d 1/messages/devicebound/#", device), HubFilter::cloud_to_device);
    EXPECT_EQ(parse_hub_filter("$iothub/twin/res/#", device), HubFilter::twin_responses);
    EXPECT_EQ(parse_hub_filter("$iothub/twin/PATCH/properties/desired/#", module),
              HubFilter::desired_properties);
    EXPECT_EQ(parse_hub_filter("$iothub/methods/POST/#", module), HubFilter::methods);
    for (const auto* filter :
         {"devices/d 1/modules/m/#", "devices/d 1/modules/m/inputs/#", "devices/d 1/modules/m/inputs/i/#"}) {
        EXPECT_EQ(parse_hub_filter(filter, module), HubFilter::module_inputs) << filter;
    }
    for (const auto* filter : {"#", "+/d 1/messages/devicebound/#", "devices/d 1/#",
                               "devices/other/messages/devicebound/#", "devices/d 1/messages/events/#",
                               "$iothub/#", "$iothub/twin/res/200/#", "devices/d 1/modules/m/#"}) {
        EXPECT_EQ(parse_hub_filter(filter, device), std::nullopt) << filter;
    }
    for (const auto* filter : {"devices/d 1/messages/devicebound/#", "devices/d 1/modules/n/#",
                               "devices/d 1/modules/m/inputs/+/#", "devices/d 1/modules/m/outputs/#"}) {
        EXPECT_EQ(parse_hub_filter(filter, module), std::nullopt) << filter;
    }
}

TEST(HubTopics, OfTheHubAreReadByAllClients) {
    EXPECT_EQ(twin_response_topic(204, "a/b", 3), "$iothub/twin/res/204/?$rid=a%2Fb&$version=3");
    EXPECT_EQ(desired_properties_topic(2), "$iothub/twin/PATCH/properties/desired/?$version=2");
    EXPECT_EQ(method_topic("re boot", "1"), "$iothub/methods/POST/re%20boot/?$rid=1");
    EXPECT_EQ(cloud_to_device_topic(device, {{"$.mid", "1"}}),
              "devices/d%201/messages/devicebound/%24.mid=1");
}

TEST(DpsTopics, AreTwo) {
    EXPECT_EQ(
        std::get<Register>(parse_dps_topic("$dps/registrations/PUT/iotdps-register/?$rid=1")).request_id,
        "1");
    const auto poll = std::get<GetOperation>(
        parse_dps_topic("$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2&operationId=4.x"));
    EXPECT_EQ(poll.request_id, "2");
    EXPECT_EQ(poll.operation_id, "4.x");
    for (const auto* topic :
         {"x", "$dps/registrations/PUT/iotdps-register/", "$dps/registrations/PUT/iotdps-register/?$rid=",
          "$dps/registrations/GET/iotdps-get-operationstatus/?$rid=1", "$iothub/twin/GET/?$rid=1",
          "$dps/registrations/GET/iotdps-get-operationstatus/?operationId=1"}) {
        EXPECT_THROW(parse_dps_topic(topic), FormatError) << topic;
    }
    EXPECT_EQ(dps_response_topic(202, "r 1", "3"), "$dps/registrations/res/202/?$rid=r%201&retry-after=3");
    EXPECT_EQ(dps_response_topic(200, "1", std::nullopt), "$dps/registrations/res/200/?$rid=1");
}

}  // namespace
}  // namespace emulator::mqtt
