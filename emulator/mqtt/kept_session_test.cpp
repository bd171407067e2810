// SPDX-License-Identifier: Apache-2.0
// Sessions with CleanSession 0, when another client connects in the moment in which a connection ends.
#include "emulator/testing/mqtt_peer.hpp"

#include <gtest/gtest.h>

namespace emulator::mqtt {
namespace {

using emulator::testing::disconnect_packet;
using emulator::testing::hub_connect;
using emulator::testing::MqttPeer;

constexpr auto desired_filter = "$iothub/twin/PATCH/properties/desired/#";
constexpr auto methods_filter = "$iothub/methods/POST/#";

class KeptSessions : public ::testing::Test {
protected:
    [[nodiscard]] Connect valid(bool clean) const {
        auto connect = hub_connect(world, {"localhost", "press"}, key);
        connect.clean_session = clean;
        return connect;
    }
    http::Response ask(const std::string& method, const std::string& path, const std::string& body) {
        return world.send(method, path, {{"Authorization", world.policy_token()}}, body);
    }
    // Calls a method that the peer, which listens to them, does not answer; does `action` when the caller is
    // told that the peer is gone, which is in the middle of the end of its connection.
    void at_the_end_of(MqttPeer& peer, const std::function<void()>& action) {
        const auto response = ask("POST", "/twins/press/methods", R"({"methodName": "wait"})");
        ASSERT_TRUE(response.later);
        response.later([action](const http::Response&) { action(); });
        EXPECT_TRUE(peer.receive()) << "the call";
    }

    emulator::testing::World world;
    const std::string key =
        world.put_device("press").at("authentication").at("symmetricKey").at("primaryKey");
};

TEST_F(KeptSessions, WhoConnectsInTheMomentOfAnEndFindsTheSessionAsItEnded) {
    std::optional<MqttPeer> next;
    {
        MqttPeer peer(world);
        peer.connect(valid(false));
        peer.subscribe(desired_filter);
        peer.subscribe(methods_filter, Qos::at_most_once);
        EXPECT_EQ(ask("PATCH", "/twins/press", R"({"properties": {"desired": {"a": 1}}})").status, 200);
        EXPECT_TRUE(peer.receive()) << "and does not acknowledge it";
        at_the_end_of(peer, [&] {
            next.emplace(world);
            next->connect(valid(false));
        });
    }
    ASSERT_TRUE(next);
    EXPECT_TRUE(next->session_present());
    EXPECT_EQ(nlohmann::json::parse(next->receive().value().publish.payload).at("a"), 1);
}

TEST_F(KeptSessions, ASessionThatIsEndedInThatMomentDoesNotComeBack) {
    std::optional<MqttPeer> next;
    {
        MqttPeer peer(world);
        peer.connect(valid(false));
        peer.subscribe(methods_filter, Qos::at_most_once);
        at_the_end_of(peer, [&] {
            next.emplace(world);
            next->connect(valid(true));
        });
    }
    ASSERT_TRUE(next);
    next.reset();
    MqttPeer after(world);
    after.connect(valid(false));
    EXPECT_FALSE(after.session_present());
}

TEST_F(KeptSessions, ASessionThatAnotherConnectionEndedDoesNotComeBack) {
    MqttPeer older(world);
    older.connect(valid(false));
    {
        MqttPeer clean(world);
        clean.connect(valid(true));
        older.subscribe(desired_filter);  // before it knows that its place is taken
        clean.send(disconnect_packet);
    }
    MqttPeer after(world);
    after.connect(valid(false));
    EXPECT_FALSE(after.session_present());
}

}  // namespace
}  // namespace emulator::mqtt
