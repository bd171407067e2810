// SPDX-License-Identifier: Apache-2.0
#include "tests/app_api/api_fixture.hpp"

#include <gmock/gmock.h>

#include <ctime>
#include <sys/socket.h>

namespace device_agent::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

constexpr auto as_text = "Accept: text/plain\r\n";

class ApplicationCalls : public ApiFixture {};

TEST_F(ApplicationCalls, TheCallersOwnIdentityIsTold) {
    grant("AppA");
    grant("AppB", {.users = {"other"}, .groups = {}, .units = {}});
    provision("AppA", 2);
    provision("AppB", 3);
    start();
    auto client = connect();
    const auto answer = client.get("/v1/identity");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.at("content-type"), "application/json");
    EXPECT_EQ(answer.headers.at("cache-control"), "no-store");
    EXPECT_EQ(json(answer), (Json{{"application", "AppA"},
                                  {"hub", "hub.example"},
                                  {"device", "dev"},
                                  {"module", "AppA"},
                                  {"authentication", "sas"}}));
    EXPECT_EQ(client.get("/v1/identity", as_text).body, "hub.example/dev/AppA");
    EXPECT_EQ(client.get("/v1/identity?application=AppA", as_text).body, "hub.example/dev/AppA");
    EXPECT_EQ(client.get("/v1/identities", as_text).body, "AppA hub.example/dev/AppA\n");
}

TEST_F(ApplicationCalls, NobodyElseGetsAnything) {
    grant("AppB", {.users = {"other"}, .groups = {}, .units = {}});
    provision("AppB", 3);
    start();
    auto client = connect();
    for (const auto* target : {"/v1/identity", "/v1/identities", "/v1/identity?application=AppB",
                               "/v1/identity/events", "/v1/identity?application=NoSuch"}) {
        const auto answer = client.get(target);
        EXPECT_EQ(answer.status, 403) << target;
        EXPECT_EQ(answer.headers.at("content-type"), "application/problem+json");
        EXPECT_EQ(json(answer).at("code"), "permission");
        EXPECT_THAT(json(answer).at("detail"), HasSubstr("user " + std::to_string(::getuid())));
    }
    EXPECT_EQ(client.ask("POST", "/v1/identity/token").status, 403);
    EXPECT_EQ(client.ask("POST", "/v1/identity/connection-string?application=AppB").status, 403);
    EXPECT_EQ(tokens.asked(), 0U);
}

TEST_F(ApplicationCalls, ATokenIsForTheIdentityAndAsLongAsAsked) {
    grant("AppA");
    provision("AppA", 2);
    start();
    auto client = connect();
    const auto before = std::time(nullptr);
    const auto answer = client.ask("POST", "/v1/identity/token", R"({"expiry": 120})");
    EXPECT_EQ(answer.status, 200);
    const auto token = json(answer).at("token").get<std::string>();
    EXPECT_THAT(token,
                StartsWith("SharedAccessSignature sr=hub.example%2Fdevices%2Fdev%2Fmodules%2FAppA&sig="));
    const auto expires = std::stol(token.substr(token.find("&se=") + 4));
    EXPECT_GE(expires, before + 120);
    EXPECT_LE(expires, std::time(nullptr) + 120);
    EXPECT_EQ(json(answer).at("expires"), format_utc(WallTime(std::chrono::seconds(expires))));
    EXPECT_EQ(json(answer).at("identity"), "hub.example/dev/AppA");

    EXPECT_EQ(client.ask("POST", "/v1/identity/token", R"({"expiry": 120})", as_text).body, token);
    const auto text =
        client.ask("POST", "/v1/identity/connection-string", R"({"expiry": 120})", as_text).body;
    EXPECT_EQ(text, "HostName=hub.example;DeviceId=dev;ModuleId=AppA;SharedAccessSignature=" + token);
    EXPECT_EQ(tokens.asked(), 1U) << "one signature served them all";
}

TEST_F(ApplicationCalls, NoTokenOutlivesMaxTokenLifetime) {
    grant("AppA");
    provision("AppA", 2);
    view.max_token_life = std::chrono::seconds(600);
    view.default_token_life = std::chrono::seconds(3600);
    start();
    auto client = connect();
    for (const auto* body :
         {R"({"expiry": 601})", R"({"expiry": 0})", R"({"expiry": -5})", R"({"expiry": 1.5})",
          R"({"expiry": "60"})", R"({"expiry": 60, "expiry": 60})", R"({"resource": "x"})", "[]", "{",
          R"({"expiry": 99999999999999999999})", R"({"expiry": null})"}) {
        const auto answer = client.ask("POST", "/v1/identity/token", body);
        EXPECT_EQ(answer.status, 400) << body;
        EXPECT_EQ(json(answer).at("code"), "usage");
    }
    const auto token = client.ask("POST", "/v1/identity/token", "", as_text).body;
    EXPECT_LE(std::stol(token.substr(token.find("&se=") + 4)), std::time(nullptr) + 600);
}

TEST_F(ApplicationCalls, OneOfSeveralIsNamed) {
    grant("AppA");
    grant("AppB");
    provision("AppA", 2);
    start();
    auto client = connect();
    const auto answer = client.get("/v1/identity");
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(json(answer).at("code"), "ambiguous");
    EXPECT_THAT(json(answer).at("detail"), HasSubstr("AppA, AppB"));
    EXPECT_EQ(client.get("/v1/identity?application=AppA").status, 200);
    const auto missing = client.get("/v1/identity?application=AppB");
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(json(missing).at("code"), "not-provisioned");
    EXPECT_EQ(json(client.get("/v1/identities")).at("identities").size(), 1U);
}

TEST_F(ApplicationCalls, ACertificateIdentityHasNoToken) {
    grant("$device",
          {.users = {"me"}, .groups = {}, .units = {}, .certificate = "/a.pem", .private_key = "/k.pem"});
    provision("$device", 0);
    view.identities["$device"].slot.place = identity::KeyPlace::certificate;
    start();
    auto client = connect();
    EXPECT_EQ(json(client.get("/v1/identity")).at("authentication"), "x509");
    EXPECT_TRUE(json(client.get("/v1/identity")).at("module").is_null());
    const auto token = client.ask("POST", "/v1/identity/token");
    EXPECT_EQ(token.status, 409);
    EXPECT_EQ(json(token).at("code"), "certificate_identity");
    EXPECT_EQ(json(client.ask("POST", "/v1/identity/connection-string")),
              (Json{{"connectionString", "HostName=hub.example;DeviceId=dev;x509=true"},
                    {"expires", nullptr},
                    {"identity", "hub.example/dev"},
                    {"certificate", "/a.pem"},
                    {"privateKey", "/k.pem"}}));
    EXPECT_EQ(client.ask("POST", "/v1/identity/connection-string", "", as_text).body,
              "HostName=hub.example;DeviceId=dev;x509=true");
}

TEST_F(ApplicationCalls, ThoseWhoWaitForTheSameTokenShareOneSignature) {
    grant("AppA");
    provision("AppA", 2);
    tokens.hold();
    start();
    std::vector<UnixHttpClient> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(connect());
        clients.back().send("POST /v1/identity/token HTTP/1.1\r\n\r\n");
    }
    tokens.wait_until_asked(1);
    tokens.release();
    const auto first = clients[0].read_answer().body;
    EXPECT_EQ(clients[1].read_answer().body, first);
    EXPECT_EQ(clients[2].read_answer().body, first);
    EXPECT_EQ(tokens.asked(), 1U);
}

TEST_F(ApplicationCalls, TheErrorOfASignatureIsTold) {
    grant("AppA");
    provision("AppA", 2);
    tokens.fail_with(std::make_exception_ptr(Error(ErrorCode::tpm, "the TPM is out of order")));
    start();
    auto client = connect();
    const auto answer = client.ask("POST", "/v1/identity/token", "", as_text);
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.body, "tpm: the TPM is out of order");
}

TEST_F(ApplicationCalls, AnotherKeyMeansAnotherToken) {
    grant("AppA");
    provision("AppA", 2);
    start();
    auto client = connect();
    client.ask("POST", "/v1/identity/token");
    provision("AppA", 2, 2);
    serve();
    client.ask("POST", "/v1/identity/token");
    EXPECT_EQ(tokens.asked(), 2U);
}

TEST_F(ApplicationCalls, EventsTellWhatChanged) {
    grant("AppA");
    start();
    auto client = connect();
    client.send("GET /v1/identity/events HTTP/1.1\r\n\r\n");
    const auto head = client.read_head();
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.headers.at("content-type"), "application/x-ndjson");
    const auto next = [&] { return Json::parse(client.read_chunked_line().value()); };

    provision("AppA", 2);
    serve();
    EXPECT_EQ(
        next(),
        (Json{{"event", "provisioned"}, {"application", "AppA"}, {"identity", "hub.example/dev/AppA"}}));
    provision("AppA", 2, 2);
    serve();
    EXPECT_EQ(next().at("what"), (Json{"key"}));
    provision("AppA", 2, 3, "other.example");
    serve();
    EXPECT_EQ(next(), (Json{{"event", "changed"},
                            {"application", "AppA"},
                            {"identity", "other.example/dev/AppA"},
                            {"what", {"hub", "key"}}}));
    view.identities.clear();
    serve();
    EXPECT_EQ(next().at("event"), "removed");
    provision("AppA", 2);
    serve();
    EXPECT_EQ(next().at("event"), "provisioned");

    view.applications.clear();
    serve();
    EXPECT_EQ(next().at("event"), "removed");
    EXPECT_EQ(client.read_chunked_line(), std::nullopt) << "who lost the grant hears nothing more";
}

TEST_F(ApplicationCalls, EventsComeAsPlainLinesToOldClients) {
    grant("AppA");
    provision("AppA", 2);
    start();
    auto client = connect();
    client.send("GET /v1/identity/events HTTP/1.0\r\nAccept: text/plain\r\n\r\n");
    ::shutdown(client.descriptor(), SHUT_WR);  // as nc -N does
    const auto head = client.read_head();
    EXPECT_FALSE(head.headers.contains("transfer-encoding"));
    EXPECT_EQ(client.read_line(), "provisioned AppA hub.example/dev/AppA");
    provision("AppA", 2, 2, "other.example");
    serve();
    EXPECT_EQ(client.read_line(), "changed AppA other.example/dev/AppA hub,key");
}

}  // namespace
}  // namespace device_agent::testing
