// SPDX-License-Identifier: Apache-2.0
// Who is connected, who is cut off, and what connected devices hear and do.
#include "emulator/hub/refusal.hpp"
#include "emulator/testing/device_link.hpp"
#include "emulator/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::hub {
namespace {

using ::testing::ElementsAre;
using testing::FakeLink;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::json_of;
using ::testing::SizeIs;
using testing::World;

const IdentityId device{"localhost", "d"};
const IdentityId module_m{"localhost", "d", "m"};

class Connected : public ::testing::Test {
protected:
    Connected() {
        world.put_device("d");
        world.put_module("d", "m");
    }
    std::shared_ptr<FakeLink> connect(const IdentityId& id) {
        auto link = std::make_shared<FakeLink>();
        services.connected.attach(id, link);
        return link;
    }
    http::Response ask(const std::string& method, const std::string& path, const std::string& body = "",
                       http::Headers headers = {}) {
        headers.add("Authorization", world.policy_token());
        return world.send(method, path, headers, body);
    }

    World world;
    Services& services = world.emulator->hub_services();
};

TEST_F(Connected, TheLastConnectionWins) {
    const auto first = connect(device);
    const auto second = connect(device);
    EXPECT_THAT(first->closed, ElementsAre(HasSubstr("another connection")));
    EXPECT_THAT(second->closed, IsEmpty());
    services.connected.detach(device, *first);  // late: the second one stays
    EXPECT_EQ(services.connected.find(device), second);
    services.connected.detach(device, *second);
    EXPECT_EQ(services.connected.find(device), nullptr);
    EXPECT_EQ(services.connected.count(), 0U);
}

TEST_F(Connected, StateAndActivityShowInRegistryAndTwin) {
    const auto link = connect(device);
    for (const auto* path : {"/devices/d", "/twins/d"}) {
        EXPECT_EQ(json_of(ask("GET", path)).at("connectionState"), "Connected");
    }
    EXPECT_EQ(json_of(ask("GET", "/twins/d/modules/m")).at("connectionState"), "Disconnected");
    EXPECT_EQ(json_of(ask("GET", "/devices/d/modules/m")).at("lastActivityTime"), "0001-01-01T00:00:00");
    world.clock.advance(std::chrono::seconds{10});
    const auto connected_at = json_of(ask("GET", "/devices/d")).at("connectionStateUpdatedTime");
    services.device_services.send(device, {.body = "x"});
    auto shown = json_of(ask("GET", "/devices/d"));
    EXPECT_EQ(shown.at("lastActivityTime"), device_agent::format_utc(world.clock.now()));
    EXPECT_EQ(shown.at("connectionStateUpdatedTime"), connected_at);
    services.connected.detach(device, *link);
    shown = json_of(ask("GET", "/devices/d"));
    EXPECT_EQ(shown.at("connectionState"), "Disconnected");
    EXPECT_EQ(shown.at("connectionStateUpdatedTime"), device_agent::format_utc(world.clock.now()));
}

TEST_F(Connected, ADeletedDeviceIsCutOffWithItsModules) {
    const auto of_device = connect(device);
    const auto of_module = connect(module_m);
    ASSERT_EQ(ask("DELETE", "/devices/d").status, 204);
    EXPECT_THAT(of_device->closed, ElementsAre(HasSubstr("deleted")));
    EXPECT_THAT(of_module->closed, ElementsAre(HasSubstr("deleted")));
    EXPECT_EQ(services.connected.count(), 0U);
    EXPECT_THROW((void)services.device_services.twin(device), Refusal);
}

TEST_F(Connected, ADeletedModuleLeavesItsDeviceConnected) {
    const auto of_device = connect(device);
    const auto of_module = connect(module_m);
    ASSERT_EQ(ask("DELETE", "/devices/d/modules/m").status, 204);
    EXPECT_THAT(of_device->closed, IsEmpty());
    EXPECT_THAT(of_module->closed, SizeIs(1));
}

TEST_F(Connected, ADisabledDeviceIsCutOffWithItsModules) {
    const auto of_device = connect(device);
    const auto of_module = connect(module_m);
    ASSERT_EQ(ask("PUT", "/devices/d", R"({"status": "disabled"})", {{"If-Match", "*"}}).status, 200);
    EXPECT_THAT(of_device->closed, ElementsAre(HasSubstr("disabled")));
    EXPECT_THAT(of_module->closed, ElementsAre(HasSubstr("disabled")));
}

TEST_F(Connected, WhoIsNoLongerProvenIsCutOff) {
    const auto of_device = connect(device);
    const auto of_module = connect(module_m);
    ASSERT_EQ(ask("PUT", "/devices/d", "{}", {{"If-Match", "*"}}).status, 200);
    EXPECT_THAT(of_device->closed, IsEmpty());
    of_device->disproof = of_module->disproof = "the key was changed";
    ASSERT_EQ(ask("PUT", "/devices/d", "{}", {{"If-Match", "*"}}).status, 200);
    EXPECT_THAT(of_device->closed, ElementsAre("the key was changed"));
    EXPECT_THAT(of_module->closed, IsEmpty());
}

TEST_F(Connected, ARefusedChangeTellsNobody) {
    const auto link = connect(device);
    EXPECT_EQ(ask("DELETE", "/devices/d", "", {{"If-Match", "other"}}).status, 412);
    EXPECT_EQ(ask("PATCH", "/twins/d", R"({"properties": {"desired": {"a.b": 1}}})").status, 400);
    EXPECT_THAT(link->closed, IsEmpty());
    EXPECT_THAT(link->patches, IsEmpty());
}

TEST_F(Connected, HearsOfDesiredProperties) {
    const auto link = connect(device);
    const auto of_module = connect(module_m);
    ask("PATCH", "/twins/d", R"({"tags": {"t": 1}})");
    ask("PATCH", "/twins/d", R"({"properties": {"desired": {"a": {"b": 1, "c": 2}, "d": 3}}})");
    ask("PATCH", "/twins/d", R"({"properties": {"desired": {"a": {"b": null}, "d": 3}}})");
    ask("PUT", "/twins/d", R"({"properties": {"desired": {"a": {"c": 4}}}})");
    EXPECT_THAT(link->patches,
                ElementsAre(nlohmann::json::parse(R"({"$version": 2, "a": {"b": 1, "c": 2}, "d": 3})"),
                            nlohmann::json::parse(R"({"$version": 3, "a": {"b": null}, "d": 3})"),
                            nlohmann::json::parse(R"({"$version": 4, "a": {"c": 4}, "d": null})")));
    EXPECT_THAT(of_module->patches, IsEmpty());
}

}  // namespace
}  // namespace emulator::hub
