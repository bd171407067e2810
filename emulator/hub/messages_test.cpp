// SPDX-License-Identifier: Apache-2.0
// Telemetry and cloud-to-device messages, over HTTPS and as a connection sees them.
#include "emulator/testing/device_link.hpp"
#include "emulator/testing/sign.hpp"
#include "emulator/testing/world.hpp"
#include "foundation/encoding.hpp"
#include "foundation/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::hub {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::json_of;
using testing::World;

const IdentityId device{"localhost", "d"};

void expect_refusal(const http::Response& response, int status, const std::string& name) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.headers.find("iothub-errorcode"), name);
    EXPECT_THAT(json_of(response).value("Message", ""), ::testing::StartsWith("ErrorCode:" + name + ";"));
}

class Messages : public ::testing::Test {
protected:
    Messages() {
        device_key = key_of(world.put_device("d"));
        module_key = key_of(world.put_module("d", "m"));
    }
    static std::string key_of(const json& identity) {
        return identity.at("authentication").at("symmetricKey").at("primaryKey");
    }
    http::Response as_device(const std::string& method, const std::string& path, const std::string& body = "",
                             http::Headers headers = {}) {
        headers.add("Authorization",
                    testing::sign_base64("localhost/devices/d", device_key, world.in_an_hour()));
        return world.send(method, path, std::move(headers), body);
    }
    http::Response as_service(const std::string& method, const std::string& path,
                              const std::string& body = "", http::Headers headers = {}) {
        headers.add("Authorization", world.policy_token("service"));
        return world.send(method, path, std::move(headers), body);
    }
    http::Response ask_to_send(const std::string& body, http::Headers headers = {}) {
        return as_service("POST", "/devices/d/messages/devicebound", body, std::move(headers));
    }
    int send(const std::string& body, http::Headers headers = {}) {
        return ask_to_send(body, std::move(headers)).status;
    }
    http::Response fetch() { return as_device("GET", "/devices/d/messages/devicebound"); }
    static std::string lock_of(const http::Response& response) {
        const std::string etag(response.headers.find("ETag").value());
        return etag.substr(1, etag.size() - 2);
    }
    http::Response ask_to_settle(const std::string& method, const std::string& rest) {
        return as_device(method, "/devices/d/messages/devicebound/" + rest);
    }
    int settle(const std::string& method, const std::string& rest) {
        return ask_to_settle(method, rest).status;
    }
    json telemetry(const std::string& query = "") {
        return json_of(world.control("GET", "/telemetry" + query)).at("telemetry");
    }
    json feedback() {
        const auto response = as_service("GET", "/messages/serviceBound/feedback");
        return response.status == 204 ? json::array() : json_of(response);
    }

    World world;
    std::string device_key, module_key;
    Services& services = world.emulator->hub_services();
};

TEST_F(Messages, TelemetryIsKeptWithItsProperties) {
    ASSERT_EQ(as_device("POST", "/devices/d/messages/events?api-version=2021-04-12", R"({"t": 21.5})",
                        {{"iothub-app-Alert", "yes"},
                         {"IoTHub-MessageId", "m1"},
                         {"iothub-contenttype", "application/json"}})
                  .status,
              204);
    const auto token = testing::sign_base64("localhost/devices/d/modules/m", module_key, world.in_an_hour());
    ASSERT_EQ(
        world.send("POST", "/devices/d/modules/m/messages/events", {{"Authorization", token}}, "\xFF\x01")
            .status,
        204);
    const auto seen = telemetry();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].at("deviceId"), "d");
    EXPECT_TRUE(seen[0].at("moduleId").is_null());
    EXPECT_EQ(seen[0].at("properties"), json::parse(R"({"Alert": "yes"})"));
    EXPECT_EQ(seen[0].at("systemProperties"),
              json::parse(R"({"messageId": "m1", "contentType": "application/json"})"));
    EXPECT_EQ(seen[0].at("json"), json::parse(R"({"t": 21.5})"));
    EXPECT_EQ(seen[0].at("text"), R"({"t": 21.5})");
    EXPECT_EQ(seen[1].at("moduleId"), "m");
    EXPECT_EQ(seen[1].at("body"), "/wE=");
    EXPECT_FALSE(seen[1].contains("text"));
    EXPECT_EQ(telemetry("?after=1").size(), 1U);
    EXPECT_EQ(telemetry("?after=2").size(), 0U);
    EXPECT_EQ(telemetry("?moduleId=m").size(), 1U);
    EXPECT_EQ(telemetry("?moduleId=").size(), 1U);
    EXPECT_EQ(telemetry("?top=1").size(), 1U);
    EXPECT_EQ(world.control("GET", "/telemetry?after=x").status, 400);
    EXPECT_EQ(world.control("DELETE", "/telemetry").status, 204);
    EXPECT_TRUE(telemetry().empty());
}

TEST_F(Messages, TelemetryInABatch) {
    const http::Headers type{{"Content-Type", "application/vnd.microsoft.iothub.json"}};
    ASSERT_EQ(as_device("POST", "/devices/d/messages/events",
                        R"([{"body": "aGk=", "properties": {"iothub-app-n": "1"}},
                            {"body": "plain", "base64Encoded": false}])",
                        type)
                  .status,
              204);
    const auto seen = telemetry();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].at("text"), "hi");
    EXPECT_EQ(seen[0].at("properties").at("n"), "1");
    EXPECT_EQ(seen[1].at("text"), "plain");
    EXPECT_EQ(as_device("POST", "/devices/d/messages/events", R"([{"body": "?"}])", type).status, 400);
    EXPECT_EQ(as_device("POST", "/devices/d/messages/events", "{}", type).status, 400);
}

TEST_F(Messages, TelemetryHasALimitAndAnOwner) {
    expect_refusal(as_device("POST", "/devices/d/messages/events", std::string(256U * 1024U + 1, 'x')), 413,
                   "MessageTooLarge");
    expect_refusal(as_device("POST", "/devices/d/messages/events", std::string(256U * 1024U, 'x'),
                             {{"iothub-app-a", "b"}}),
                   413, "MessageTooLarge");
    world.put_device("other");
    EXPECT_EQ(as_device("POST", "/devices/other/messages/events", "x").status, 401);
    EXPECT_EQ(as_device("POST", "/devices/d/modules/m/messages/events", "x").status, 401);
    EXPECT_EQ(as_service("POST", "/devices/d/messages/events", "x").status, 401);
    EXPECT_EQ(world
                  .send("POST", "/devices/d/messages/events",
                        {{"Authorization", world.policy_token("device")}}, "x")
                  .status,
              204);
}

TEST_F(Messages, TheLogIsBounded) {
    auto database = store::Database::in_memory(store::Content::telemetry);
    TelemetryLog log(*database, world.clock);
    for (std::int64_t i = 0; i < TelemetryLog::most_entries + 5; ++i)
        log.append(device, {.body = "x"});
    auto entries = log.read({});
    EXPECT_EQ(entries.size(), 10'000U);
    EXPECT_EQ(entries.front().sequence, 6);
    const std::string large(1024U * 1024U, 'x');
    for (int i = 0; i < 70; ++i)
        log.append(device, {.body = large});
    EXPECT_EQ(log.read({}).size(), 64U);
    log.clear();
    log.append(device, {.body = "after"});
    EXPECT_EQ(log.read({}).front().sequence, TelemetryLog::most_entries + 5 + 70 + 1);
    const TelemetryLog again(*database, world.clock);
    EXPECT_EQ(again.read({}).front().message.body, "after");
}

TEST_F(Messages, TheLogCountsOnlyWhatItKeeps) {
    auto database = store::Database::in_memory(store::Content::telemetry);
    const auto execute = [&](std::string_view sql) {
        auto transaction = database->begin();
        transaction.prepare(sql).run();
        transaction.commit();
    };
    TelemetryLog log(*database, world.clock);
    for (std::int64_t i = 0; i < TelemetryLog::most_entries; ++i)
        log.append(device, {.body = "x"});
    execute(
        "CREATE TRIGGER broken BEFORE DELETE ON telemetry BEGIN SELECT raise(ABORT, 'the disk is broken'); "
        "END");
    EXPECT_THROW(log.append(device, {.body = "lost"}), device_agent::Error);
    execute("DROP TRIGGER broken");
    log.append(device, {.body = "x"});
    EXPECT_EQ(log.read({}).size(), 10'000U) << "one is gone for the one that came";
}

TEST_F(Messages, ACloudToDeviceMessageWaitsUntilItIsSettled) {
    ASSERT_EQ(
        send("one", {{"iothub-messageid", "m1"}, {"iothub-correlationid", "c"}, {"iothub-app-Key", "value"}}),
        204);
    ASSERT_EQ(send("two"), 204);
    EXPECT_EQ(json_of(as_service("GET", "/twins/d")).at("cloudToDeviceMessageCount"), 2);
    const auto first = fetch();
    ASSERT_EQ(first.status, 200);
    EXPECT_EQ(first.body, "one");
    EXPECT_EQ(first.headers.find("iothub-messageid"), "m1");
    EXPECT_EQ(first.headers.find("iothub-correlationid"), "c");
    EXPECT_EQ(first.headers.find("iothub-app-key"), "value");
    EXPECT_EQ(first.headers.find("iothub-deliverycount"), "0");
    const auto second = fetch();
    EXPECT_EQ(second.body, "two");
    EXPECT_EQ(fetch().status, 204) << "both are on loan";
    EXPECT_EQ(settle("POST", lock_of(first) + "/abandon"), 204);
    expect_refusal(ask_to_settle("DELETE", lock_of(first)), 412, "DeviceMessageLockLost");
    const auto again = fetch();
    EXPECT_EQ(again.body, "one");
    EXPECT_EQ(again.headers.find("iothub-deliverycount"), "1");
    EXPECT_EQ(settle("DELETE", lock_of(again)), 204);
    EXPECT_EQ(settle("DELETE", lock_of(second) + "?reject"), 204);
    EXPECT_EQ(fetch().status, 204);
    EXPECT_EQ(json_of(as_service("GET", "/twins/d")).at("cloudToDeviceMessageCount"), 0);
}

TEST_F(Messages, ALoanEndsByItself) {
    send("one");
    const auto lost = fetch();
    world.clock.advance(CloudMessages::lock_duration);
    expect_refusal(ask_to_settle("DELETE", lock_of(lost)), 412, "DeviceMessageLockLost");
    EXPECT_EQ(fetch().body, "one");
}

TEST_F(Messages, MessagesExpire) {
    ASSERT_EQ(send("short", {{"iothub-expiry", "2023-11-14T22:14:00Z"},
                             {"iothub-ack", "negative"},
                             {"iothub-messageid", "m"}}),
              204);
    ASSERT_EQ(send("usual"), 204);
    world.clock.advance(std::chrono::seconds{60});
    EXPECT_EQ(fetch().body, "usual");
    ASSERT_EQ(feedback().size(), 1U);
    EXPECT_EQ(feedback()[0].at("statusCode"), "Expired");
    EXPECT_EQ(feedback()[0].at("originalMessageId"), "m");
    world.clock.advance(CloudMessages::default_life);
    EXPECT_EQ(fetch().status, 204);
    for (const auto* wrong : {"2023-11-14T22:00:00Z", "2030-01-01T00:00:00Z", "tomorrow", "2023-11-14"}) {
        SCOPED_TRACE(wrong);
        expect_refusal(ask_to_send("x", {{"iothub-expiry", wrong}}), 400, "ArgumentInvalid");
    }
}

TEST_F(Messages, TheSenderHearsWhatItAskedFor) {
    for (const auto* ack : {"none", "positive", "negative", "full"})
        send(ack, {{"iothub-ack", ack}, {"iothub-messageid", ack}});
    for (int i = 0; i < 4; ++i)
        settle("DELETE", lock_of(fetch()));
    auto records = feedback();
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].at("originalMessageId"), "positive");
    EXPECT_EQ(records[1].at("originalMessageId"), "full");
    EXPECT_EQ(records[1].at("statusCode"), "Success");
    EXPECT_EQ(records[1].at("deviceId"), "d");
    const auto response = as_service("GET", "/messages/serviceBound/feedback");
    EXPECT_EQ(as_service("DELETE", "/messages/serviceBound/feedback/" + lock_of(response)).status, 204);
    EXPECT_TRUE(feedback().empty());
    EXPECT_EQ(send("x", {{"iothub-ack", "always"}}), 400);
}

TEST_F(Messages, TenDeliveriesAreEnough) {
    send("bad", {{"iothub-ack", "full"}, {"iothub-messageid", "m"}});
    for (int i = 0; i < 10; ++i)
        ASSERT_EQ(settle("POST", lock_of(fetch()) + "/abandon"), 204);
    EXPECT_EQ(fetch().status, 204);
    EXPECT_EQ(feedback()[0].at("statusCode"), "DeliveryCountExceeded");
}

TEST_F(Messages, FiftyWaitAndNoMore) {
    for (int i = 0; i < 50; ++i)
        ASSERT_EQ(send("x"), 204);
    expect_refusal(ask_to_send("x"), 403, "DeviceMaximumQueueDepthExceeded");
    EXPECT_EQ(json_of(as_service("DELETE", "/devices/d/commands")).at("totalMessagesPurged"), 50);
    EXPECT_EQ(send("x"), 204);
    expect_refusal(ask_to_send(std::string(64U * 1024U + 1, 'x')), 413, "MessageTooLarge");
}

TEST_F(Messages, WhoMaySend) {
    EXPECT_EQ(as_device("POST", "/devices/d/messages/devicebound", "x").status, 401);
    expect_refusal(as_service("POST", "/devices/none/messages/devicebound", "x"), 404, "DeviceNotFound");
    EXPECT_EQ(as_service("GET", "/devices/d/messages/devicebound").status, 401);
    // Nothing that would not be a header's value.
    expect_refusal(ask_to_send("x", {{"iothub-app-k", "a\nb"}}), 400, "ArgumentInvalid");
    expect_refusal(ask_to_send("x", {{"iothub-ack", "perhaps"}}), 400, "ArgumentInvalid");
}

TEST_F(Messages, AConnectionHearsThatAMessageWaits) {
    const auto link = std::make_shared<testing::FakeLink>();
    services.connected.attach(device, link);
    send("one");
    EXPECT_EQ(link->waiting, 1);
    auto message = services.device_services.receive(device, Borrower::connection);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->content.body, "one");
    EXPECT_TRUE(find_property(message->content.system, "messageId"));
    services.device_services.settle(device, message->lock_token, Settlement::abandon);
    EXPECT_EQ(link->waiting, 2);
    message = services.device_services.receive(device, Borrower::connection);
    services.device_services.settle(device, message->lock_token, Settlement::complete);
    EXPECT_FALSE(services.device_services.receive(device, Borrower::connection));
}

TEST_F(Messages, AStartTakesBackWhatConnectionsHadOnLoan) {
    send("to the connection");
    send("to the request");
    ASSERT_TRUE(services.device_services.receive(device, Borrower::connection));
    const auto requested = fetch();
    {
        auto transaction = services.database.begin();
        CloudMessages::take_back_from_connections(transaction);
        transaction.commit();
    }
    EXPECT_EQ(fetch().body, "to the connection");
    EXPECT_EQ(settle("DELETE", lock_of(requested)), 204) << "its loan goes on";
}

TEST_F(Messages, FileUploadIsRefusedHonestly) {
    const auto response = as_device("POST", "/devices/d/files", R"({"blobName": "x"})");
    EXPECT_EQ(response.status, 404);
    EXPECT_THAT(json_of(response).value("Message", ""), HasSubstr("storage account"));
}

}  // namespace
}  // namespace emulator::hub
