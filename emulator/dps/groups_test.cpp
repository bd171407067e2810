// SPDX-License-Identifier: Apache-2.0
// The service API's groups, registrations and bulk operations.
#include "emulator/testing/sign.hpp"
#include "emulator/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::dps {
namespace {

using testing::Device;
using ::testing::HasSubstr;
using testing::json_of;
using testing::World;

constexpr auto key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

class Groups : public ::testing::Test {
protected:
    http::Response ask(const std::string& method, const std::string& path, const std::string& body = "",
                       http::Headers headers = {}) {
        headers.add("Authorization", world.dps_token());
        return world.send(method, path, headers, body);
    }
    void register_in_group(const std::string& id) {
        const auto mac =
            device_agent::hmac_sha256(device_agent::base64_decode(key).value(), device_agent::as_bytes(id));
        Device(world, id).sign_with(device_agent::base64_encode(mac)).register_device();
    }
    nlohmann::json bulk(const std::string& mode, const nlohmann::json& items) {
        const auto response =
            ask("POST", "/enrollments/", nlohmann::json{{"mode", mode}, {"enrollments", items}}.dump());
        EXPECT_EQ(response.status, 200) << response.body;
        return json_of(response);
    }

    const nlohmann::json by_key{{"type", "symmetricKey"},
                                {"symmetricKey", {{"primaryKey", key}, {"secondaryKey", key}}}};
    World world;
};

TEST_F(Groups, AreKeptUnderEtags) {
    const auto created = world.enroll_group("Fleet", by_key, {{"iotHubs", {"localhost", "127.0.0.1"}}});
    EXPECT_EQ(created.at("enrollmentGroupId"), "Fleet");
    EXPECT_FALSE(created.contains("deviceId"));
    EXPECT_EQ(json_of(ask("GET", "/enrollmentgroups/fleet")), created);
    EXPECT_EQ(ask("PUT", "/enrollmentGroups/fleet", created.dump(), {{"If-Match", "\"stale\""}}).status, 412);
    EXPECT_EQ(
        ask("PUT", "/enrollmentGroups/fleet", created.dump(), {{"If-Match", created.at("etag")}}).status,
        200);
    EXPECT_EQ(ask("DELETE", "/enrollmentGroups/fleet", "", {{"If-Match", created.at("etag")}}).status, 412);
    EXPECT_EQ(ask("DELETE", "/enrollmentGroups/fleet").status, 204);
    EXPECT_EQ(ask("GET", "/enrollmentGroups/fleet").status, 404);
    EXPECT_EQ(ask("GET", "/enrollments/fleet").status, 404);
}

TEST_F(Groups, WrongOnesAreRefusedByName) {
    const auto good = world.enroll_group("g", by_key);
    const auto with = [&](const char* pointer, const nlohmann::json& value) {
        auto body = good;
        body[nlohmann::json::json_pointer(pointer)] = value;
        return body.dump();
    };
    for (const auto& [body, part] : std::initializer_list<std::pair<std::string, std::string>>{
             {with("/enrollmentGroupId", "other"), "enrollmentGroupId"},
             {with("/deviceId", "d"), "deviceId"},
             {with("/allocationPolicy", "nearest"), "allocationPolicy"},
             {with("/allocationPolicy", "custom"), "customAllocationDefinition"},
             {with("/customAllocationDefinition", {{"webhookUrl", "x"}}), "apiVersion"},
             {with("/iotHubs", "localhost"), "iotHubs"},
             {with("/iotHubs", {"elsewhere.test"}), "not a linked hub"},
             {with("/capabilities/iotEdge", "no"), "iotEdge"},
             {with("/attestation/symmetricKey/primaryKey", "c2hvcnQ="), "16 to 64 bytes"},
             {with("/attestation/symmetricKey/secondaryKey", "?"), "secondaryKey"}}) {
        const auto response = ask("PUT", "/enrollmentGroups/g", body);
        EXPECT_EQ(response.status, 400) << body;
        EXPECT_THAT(json_of(response).at("message").get<std::string>(), HasSubstr(part)) << body;
    }
    EXPECT_EQ(ask("PUT", "/enrollmentGroups/-g", good.dump()).status, 400);
    EXPECT_EQ(ask("PATCH", "/enrollmentGroups/g").status, 405);
    EXPECT_EQ(ask("GET", "/enrollmentGroups/g/nothing").status, 404);
}

TEST_F(Groups, AreQueriedInPages) {
    for (const auto* id : {"a", "b", "c"})
        world.enroll_group(id, by_key);
    const auto first =
        ask("POST", "/enrollmentGroups/query", R"({"query":"*"})", {{"x-ms-max-item-count", "2"}});
    EXPECT_EQ(first.headers.find("x-ms-item-type"), "enrollmentGroup");
    EXPECT_EQ(json_of(first).size(), 2U);
    const auto last =
        ask("POST", "/enrollmentGroups/query", R"({"query":"select * from enrollmentGroups"})",
            {{"x-ms-continuation", std::string(first.headers.find("x-ms-continuation").value())}});
    EXPECT_EQ(json_of(last).at(0).at("enrollmentGroupId"), "c");
    EXPECT_FALSE(last.headers.find("x-ms-continuation"));
    for (const auto* wrong : {"0", "-1", "x", "1x"}) {
        EXPECT_EQ(ask("POST", "/enrollmentGroups/query", R"({"query":"*"})", {{"x-ms-max-item-count", wrong}})
                      .status,
                  400);
    }
    EXPECT_EQ(ask("POST", "/enrollmentGroups/query", R"({"query":"*"})", {{"x-ms-continuation", "?"}}).status,
              400);
}

TEST_F(Groups, ThereIsAnEndToThem) {
    for (int i = 0; i < 100; ++i)
        world.enroll_group("g" + std::to_string(i), by_key);
    const auto more =
        ask("PUT", "/enrollmentGroups/one-more", nlohmann::json{{"attestation", by_key}}.dump());
    EXPECT_EQ(more.status, 400);
    world.enroll_group("g0", by_key);
}

TEST_F(Groups, RegistrationsAreShownAndDeleted) {
    world.enroll_group("fleet", by_key);
    for (const auto* id : {"dev-1", "dev-2", "dev-3"})
        register_in_group(id);
    const auto state = json_of(ask("GET", "/registrations/DEV-1"));
    EXPECT_EQ(state.at("status"), "assigned");
    EXPECT_EQ(state.at("symmetricKey").at("enrollmentGroupId"), "fleet");
    const auto page =
        ask("POST", "/registrations/Fleet/query", R"({"query":"*"})", {{"x-ms-max-item-count", "2"}});
    EXPECT_EQ(page.headers.find("x-ms-item-type"), "deviceRegistration");
    EXPECT_EQ(json_of(page).size(), 2U);
    EXPECT_TRUE(page.headers.find("x-ms-continuation"));
    EXPECT_EQ(json_of(ask("POST", "/registrations/fleet/query")).size(), 3U) << "without a body";
    EXPECT_EQ(ask("POST", "/registrations/none/query").status, 404);

    EXPECT_EQ(ask("DELETE", "/registrations/dev-1", "", {{"If-Match", "stale"}}).status, 412);
    EXPECT_EQ(ask("DELETE", "/registrations/dev-1", "", {{"If-Match", state.at("etag")}}).status, 204);
    EXPECT_EQ(ask("GET", "/registrations/dev-1").status, 404);
    EXPECT_EQ(ask("DELETE", "/registrations/dev-1").status, 404);
    EXPECT_TRUE(world.has("/devices/dev-1"));
    register_in_group("dev-1");
    EXPECT_EQ(json_of(ask("GET", "/registrations/dev-1")).at("substatus"), "initialAssignment");

    EXPECT_EQ(ask("DELETE", "/enrollmentGroups/fleet").status, 204);
    EXPECT_EQ(ask("GET", "/registrations/dev-2").status, 404) << "they go with their group";
}

TEST_F(Groups, BulkDoesEachForItself) {
    const auto item = [&](const char* id) {
        return nlohmann::json{{"registrationId", id}, {"attestation", by_key}};
    };
    EXPECT_EQ(bulk("create", nlohmann::json::array({item("a"), item("b")})).at("isSuccessful"), true);
    const auto again = bulk("create", nlohmann::json::array({item("a"), item("c")}));
    EXPECT_EQ(again.at("isSuccessful"), false);
    ASSERT_EQ(again.at("errors").size(), 1U);
    EXPECT_EQ(again.at("errors").at(0).at("registrationId"), "a");
    EXPECT_EQ(again.at("errors").at(0).at("errorCode"), 409001);
    EXPECT_FALSE(again.at("errors").at(0).at("errorStatus").get<std::string>().empty());
    EXPECT_EQ(ask("GET", "/enrollments/c").status, 200);

    EXPECT_EQ(bulk("update", nlohmann::json::array({item("a")})).at("isSuccessful"), true);
    EXPECT_EQ(bulk("update", nlohmann::json::array({item("none")})).at("errors").at(0).at("errorCode"),
              404201);
    auto stale = item("a");
    stale["etag"] = "stale";
    EXPECT_EQ(bulk("updateIfMatchETag", nlohmann::json::array({stale})).at("errors").at(0).at("errorCode"),
              412001);
    EXPECT_EQ(
        bulk("updateIfMatchETag", nlohmann::json::array({item("a")})).at("errors").at(0).at("errorCode"),
        400004);
    EXPECT_EQ(bulk("updateIfMatchETag", nlohmann::json::array({json_of(ask("GET", "/enrollments/a"))}))
                  .at("isSuccessful"),
              true);
    EXPECT_EQ(bulk("updateIfMatchEtag", nlohmann::json::array({json_of(ask("GET", "/enrollments/a"))}))
                  .at("isSuccessful"),
              true)
        << "the spelling of the SDK for Node.js";
    EXPECT_EQ(bulk("create", nlohmann::json::array({item("-a")})).at("errors").at(0).at("errorCode"), 400004);
    EXPECT_EQ(
        bulk("delete", nlohmann::json::array({item("a"), {{"registrationId", "b"}}})).at("isSuccessful"),
        true);
    EXPECT_EQ(ask("GET", "/enrollments/b").status, 404);
    for (const auto* wrong :
         {"", "[]", "{}", R"({"mode":"copy","enrollments":[{}]})", R"({"mode":"create"})",
          R"({"mode":"create","enrollments":[]})", R"({"mode":"create","enrollments":[1]})"}) {
        EXPECT_EQ(ask("POST", "/enrollments", wrong).status, 400) << wrong;
    }
}

TEST_F(Groups, BodiesHaveAnEnd) {
    const nlohmann::json body{{"attestation", by_key},
                              {"initialTwin", {{"tags", {{"x", std::string(96UL * 1024, 'x')}}}}}};
    const auto response = ask("PUT", "/enrollmentGroups/g", body.dump());
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(json_of(response).at("errorCode"), 413001);
}

}  // namespace
}  // namespace emulator::dps
