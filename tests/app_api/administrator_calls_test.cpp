// SPDX-License-Identifier: Apache-2.0
#include "tests/app_api/api_fixture.hpp"

#include <gmock/gmock.h>

namespace device_agent::testing {
namespace {

using app_api::Operation;
using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr auto token_document =
    R"({"token": "SharedAccessSignature sr=h&sig=s&se=1", "expires": "2030-01-01T00:00:00Z", "identity": "h/d"})";
constexpr auto connection_string_document =
    R"({"connectionString": "HostName=h;DeviceId=d;x509=true", "expires": null, "identity": "h/d"})";
constexpr auto with_steps = "Accept: application/x-ndjson\r\n";

class AdministratorCalls : public ApiFixture {
protected:
    AdministratorCalls() { view.administrators = {.users = {"me"}, .groups = {}, .units = {}}; }
};

TEST_F(AdministratorCalls, AreOnlyForAdministrators) {
    grant("AppA");
    view.administrators = {.users = {"other"}, .groups = {}, .units = {}};
    start();
    auto client = connect();
    const std::vector<std::pair<std::string, std::string>> requests{{"GET", "/v1/status"},
                                                                    {"GET", "/v1/slots"},
                                                                    {"GET", "/v1/slots/1"},
                                                                    {"DELETE", "/v1/slots/1"},
                                                                    {"POST", "/v1/slots/1/token"},
                                                                    {"POST", "/v1/slots/1/connection-string"},
                                                                    {"POST", "/v1/provision"},
                                                                    {"POST", "/v1/reprovision"},
                                                                    {"POST", "/v1/decommission"},
                                                                    {"GET", "/v1/enrollment-info"},
                                                                    {"GET", "/metrics"}};
    for (const auto& [method, target] : requests) {
        const auto answer = client.ask(method, target);
        EXPECT_EQ(answer.status, 403) << target;
        EXPECT_THAT(answer.body, HasSubstr("administrators")) << target;
    }
    EXPECT_EQ(client.ask("PUT", "/v1/slots/1", R"({"connectionString": "x"})").status, 403);
    EXPECT_TRUE(administration.is_idle());
}

TEST_F(AdministratorCalls, GetNoIdentityByBeingThat) {
    grant("AppA", {.users = {"other"}, .groups = {}, .units = {}});
    provision("AppA", 2);
    start();
    EXPECT_EQ(connect().get("/v1/identity").status, 403);
}

TEST_F(AdministratorCalls, ReachTheAgentAndComeBack) {
    start();
    auto client = connect();
    client.send("POST /v1/slots/7/token HTTP/1.1\r\nContent-Length: 14\r\n\r\n{\"expiry\": 60}");
    auto started = administration.next();
    EXPECT_EQ(started.operation.kind, Operation::Kind::slot_token);
    EXPECT_EQ(started.operation.slot, 7U);
    started.done(SecretText(token_document), nullptr);
    const auto answer = client.read_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, token_document);

    client.send("GET /v1/slots/9 HTTP/1.1\r\n\r\n");
    administration.next().done({},
                               std::make_exception_ptr(Error(ErrorCode::not_provisioned, "slot 9 is empty")));
    const auto failed = client.read_answer();
    EXPECT_EQ(failed.status, 404);
    EXPECT_EQ(json(failed).at("detail"), "slot 9 is empty");
}

TEST_F(AdministratorCalls, AreOneForEachRowOfTheCommandLine) {
    start();
    auto client = connect();
    struct Row {
        std::string request;
        std::string body;
        Operation::Kind kind;
        std::string document = "{}";
    };
    using Kind = Operation::Kind;
    const std::vector<Row> rows{
        {"GET /v1/status", "", Kind::status},
        {"GET /v1/slots", "", Kind::list_slots, "[]"},
        {"GET /v1/slots/3", "", Kind::show_slot},
        {"POST /v1/slots/3/token", "", Kind::slot_token, token_document},
        {"POST /v1/slots/3/connection-string", "", Kind::slot_connection_string, connection_string_document},
        {"PUT /v1/slots/3", R"({"connectionString": "HostName=h"})", Kind::store_slot},
        {"DELETE /v1/slots/3", "", Kind::erase_slot},
        {"POST /v1/provision", R"({"dryRun": true})", Kind::provision},
        {"POST /v1/reprovision", "{}", Kind::reprovision},
        {"POST /v1/decommission", "", Kind::decommission},
        {"GET /v1/enrollment-info", "", Kind::enrollment_info, "[]"},
    };
    for (const auto& row : rows) {
        client.send(row.request + " HTTP/1.1\r\nContent-Length: " + std::to_string(row.body.size()) +
                    "\r\n\r\n" + row.body);
        auto started = administration.next();
        EXPECT_EQ(started.operation.kind, row.kind) << row.request;
        started.done(SecretText(row.document), nullptr);
        const auto answer = client.read_answer();
        EXPECT_EQ(answer.status, 200) << row.request;
        EXPECT_EQ(answer.body, row.document);
    }
}

TEST_F(AdministratorCalls, TellTheirStepsWhenAsked) {
    start();
    auto client = connect();
    client.send(std::string("POST /v1/provision HTTP/1.1\r\n") + with_steps + "\r\n");
    auto started = administration.next();
    EXPECT_EQ(client.read_head().headers.at("content-type"), "application/x-ndjson");
    started.progress("registering");
    EXPECT_EQ(client.read_chunked_line(), R"({"step":"registering"})");
    started.progress("creating \"modules\"");
    EXPECT_EQ(Json::parse(client.read_chunked_line().value()).at("step"), "creating \"modules\"");
    started.done(SecretText("{\n  \"a\": 1\n}"), nullptr);
    EXPECT_EQ(Json::parse(client.read_chunked_line().value()), (Json{{"result", {{"a", 1}}}}));
    EXPECT_EQ(client.read_chunked_line(), std::nullopt);

    auto failing = connect();
    failing.send(std::string("POST /v1/reprovision HTTP/1.1\r\n") + with_steps + "\r\n");
    administration.next().done({}, std::make_exception_ptr(Error(ErrorCode::network, "no way to DPS")));
    failing.read_head();
    const auto last = Json::parse(failing.read_chunked_line().value());
    EXPECT_EQ(last.at("error").at("code"), "network");
    EXPECT_EQ(last.at("error").at("status"), 503);
}

TEST_F(AdministratorCalls, GoOnWhenTheConnectionIsCut) {
    start();
    std::optional<fakes::FakeAdministration::Started> started;
    {
        auto client = connect();
        client.send(std::string("POST /v1/provision HTTP/1.1\r\n") + with_steps + "\r\n");
        started = administration.next();
    }
    started->progress("registering");
    started->done(SecretText("{}"), nullptr);
    auto client = connect();
    client.send("GET /v1/status HTTP/1.1\r\n\r\n");
    administration.next().done(SecretText("{}"), nullptr);
    EXPECT_EQ(client.read_answer().status, 200) << "the next one is served";
}

TEST_F(AdministratorCalls, MayFinishAfterTheServer) {
    start();
    auto client = connect();
    client.send("GET /v1/status HTTP/1.1\r\n\r\n");
    auto started = administration.next();
    stop();
    started.progress("too late");
    started.done(SecretText("{}"), nullptr);
    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(AdministratorCalls, SeeTheCounters) {
    grant("AppA");
    provision("AppA", 2);
    start();
    auto client = connect();
    client.ask("POST", "/v1/identity/token");
    client.ask("POST", "/v1/identity/token");
    client.get("/v1/identity?application=AppB");
    client.get("/nowhere");
    const auto answer = client.get("/metrics");
    EXPECT_EQ(answer.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    for (const auto* line :
         {"device_agent_api_requests_total{route=\"POST /v1/identity/token\",status=\"200\"} 2\n",
          "device_agent_api_requests_total{route=\"GET /v1/identity\",status=\"403\"} 1\n",
          "device_agent_api_requests_total{route=\"\",status=\"404\"} 1\n",
          "device_agent_api_connections 1\n", "device_agent_api_tokens_signed_total 1\n",
          "device_agent_api_tokens_cached_total 1\n"})
        EXPECT_THAT(answer.body, HasSubstr(line));
}

}  // namespace
}  // namespace device_agent::testing
