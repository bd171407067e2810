// SPDX-License-Identifier: Apache-2.0
#include "emulator/testing/sign.hpp"
#include "emulator/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::dps {
namespace {

using ::testing::HasSubstr;
using testing::json_of;
using testing::software_tpm;
using testing::TpmDevice;
using testing::World;

class ServiceApi : public ::testing::Test {
protected:
    http::Response ask(const std::string& method, const std::string& path, const std::string& body = "",
                       http::Headers headers = {}) {
        headers.add("Authorization", world.dps_token());
        return world.send(method, path, headers, body);
    }

    World world;
};

TEST_F(ServiceApi, KeepsEnrollments) {
    const auto created = world.enroll("Dev-1", software_tpm(), {{"deviceId", "press-7"}});
    EXPECT_EQ(created.at("deviceId"), "press-7");
    EXPECT_EQ(created.at("provisioningStatus"), "enabled");
    EXPECT_EQ(created.at("reprovisionPolicy").at("migrateDeviceData"), true);
    EXPECT_EQ(created.at("createdDateTimeUtc"), "2023-11-14T22:13:20.0000000Z");
    const auto got = ask("GET", "/Enrollments/dev-1");
    EXPECT_EQ(json_of(got), created);
    EXPECT_EQ(ask("DELETE", "/enrollments/DEV-1").status, 204);
    EXPECT_EQ(ask("GET", "/enrollments/dev-1").status, 404);
    EXPECT_EQ(ask("DELETE", "/enrollments/dev-1").status, 404);
}

TEST_F(ServiceApi, ShowsTheRegistrationWithoutItsKey) {
    world.enroll("dev-1", software_tpm());
    TpmDevice(world, software_tpm(), "dev-1").register_device();
    const auto enrollment = json_of(ask("GET", "/enrollments/dev-1"));
    EXPECT_EQ(enrollment.at("registrationState").at("assignedHub"), "localhost");
    EXPECT_FALSE(enrollment.at("registrationState").contains("tpm"));
}

TEST_F(ServiceApi, UpdatesUnderAnEtag) {
    const auto first = world.enroll("dev-1", software_tpm());
    world.clock.advance(std::chrono::seconds{1});
    const std::string body = first.dump();
    EXPECT_EQ(ask("PUT", "/enrollments/dev-1", body, {{"If-Match", "\"stale\""}}).status, 412);
    const auto second = json_of(ask("PUT", "/enrollments/dev-1", body,
                                    {{"If-Match", '"' + first.at("etag").get<std::string>() + '"'}}));
    EXPECT_NE(second.at("etag"), first.at("etag"));
    EXPECT_EQ(second.at("createdDateTimeUtc"), first.at("createdDateTimeUtc"));
    EXPECT_NE(second.at("lastUpdatedDateTimeUtc"), first.at("lastUpdatedDateTimeUtc"));
    EXPECT_EQ(ask("DELETE", "/enrollments/dev-1", "", {{"If-Match", first.at("etag")}}).status, 412);
    EXPECT_EQ(ask("PUT", "/enrollments/none", body, {{"If-Match", "*"}}).status, 400)
        << "the body names another";
    auto other = first;
    other["registrationId"] = "none";
    EXPECT_EQ(ask("PUT", "/enrollments/none", other.dump(), {{"If-Match", "*"}}).status, 404);
}

TEST_F(ServiceApi, RefusesWrongEnrollmentsByName) {
    const auto good = world.enroll("dev-1", software_tpm());
    const auto with = [&](const char* pointer, const nlohmann::json& value) {
        auto body = good;
        body[nlohmann::json::json_pointer(pointer)] = value;
        return body.dump();
    };
    for (const auto& [body, part] : std::initializer_list<std::pair<std::string, std::string>>{
             {"", "not JSON"},
             {"[]", "not a JSON object"},
             {"{}", "attestation"},
             {with("/registrationId", "dev-2"), "registrationId"},
             {with("/deviceId", "a b"), "deviceId"},
             {with("/attestation/type", "none"), "attestation.type"},
             {with("/attestation/type", "x509"), "attestation.x509"},
             {with("/attestation/tpm", nullptr), "endorsementKey"},
             {with("/attestation/tpm/endorsementKey", "AAA"), "not base64"},
             {with("/attestation/tpm/endorsementKey", "AAAA"), "not an endorsement key"},
             {with("/iotHubHostName", "elsewhere.test"), "not a linked hub"},
             {with("/provisioningStatus", "maybe"), "provisioningStatus"},
             {with("/reprovisionPolicy/migrateDeviceData", 1), "migrateDeviceData"},
             {with("/initialTwin", 1), "initialTwin"}}) {
        const auto response = ask("PUT", "/enrollments/dev-1", body);
        EXPECT_EQ(response.status, 400);
        EXPECT_THAT(json_of(response).at("message").get<std::string>(), HasSubstr(part)) << body;
    }
    for (const auto* id : {"-a", "a-", "a%20b", "%C3%A4"}) {
        EXPECT_EQ(ask("PUT", std::string("/enrollments/") + id, "{}").status, 400) << id;
    }
    EXPECT_EQ(ask("PUT", "/enrollments/" + std::string(129, 'a'), "{}").status, 400);
}

TEST_F(ServiceApi, QueriesInPages) {
    for (const auto* id : {"c", "a", "b"})
        world.enroll(id, software_tpm());
    const std::string all = R"({"query": "SELECT * FROM enrollments"})";
    EXPECT_EQ(json_of(ask("POST", "/enrollments/query", all)).size(), 3U);
    const auto first = ask("POST", "/enrollments/query", all, {{"x-ms-max-item-count", "2"}});
    EXPECT_EQ(first.headers.find("x-ms-item-type"), "enrollment");
    EXPECT_EQ(json_of(first).at(1).at("registrationId"), "b");
    const auto more = first.headers.find("x-ms-continuation");
    ASSERT_TRUE(more);
    const auto last = ask("POST", "/enrollments/query", all,
                          {{"x-ms-max-item-count", "2"}, {"x-ms-continuation", std::string(*more)}});
    EXPECT_EQ(json_of(last).size(), 1U);
    EXPECT_FALSE(last.headers.find("x-ms-continuation"));
    EXPECT_EQ(ask("POST", "/enrollments/query", R"({"query": "select deviceId from enrollments"})").status,
              400);
}

TEST_F(ServiceApi, IsForItsPolicyAlone) {
    const auto key = world.instance.dps_policies.at("provisioningserviceowner").view();
    const auto attempt = [&](const std::string& token) {
        http::Headers headers;
        if (!token.empty()) headers.add("Authorization", token);
        return world.send("GET", "/enrollments/dev-1", headers).status;
    };
    EXPECT_EQ(attempt(world.dps_token()), 404);
    EXPECT_EQ(attempt(""), 401);
    EXPECT_EQ(attempt("Bearer x"), 401);
    EXPECT_EQ(attempt(world.policy_token()), 401);
    EXPECT_EQ(attempt(testing::sign_base64("elsewhere", key, world.in_an_hour(), "provisioningserviceowner")),
              401);
    EXPECT_EQ(attempt(testing::sign_base64("localhost", key, world.clock.now(), "provisioningserviceowner")),
              401);
    EXPECT_EQ(attempt(testing::sign("localhost", device_agent::as_bytes("wrong"), world.in_an_hour(),
                                    "provisioningserviceowner")),
              401);
    EXPECT_EQ(attempt(testing::sign_base64("localhost", key, world.in_an_hour())), 401);
}

}  // namespace
}  // namespace emulator::dps
