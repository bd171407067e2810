// SPDX-License-Identifier: Apache-2.0
#include "app_api/call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace device_agent::app_api {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = Operation::Kind;

std::variant<Call, Problem> ask(const std::string& method, const std::string& target,
                                const std::string& body = "") {
    return interpret({.method = method, .target = target, .body = SecretText(body)});
}

Call call(const std::string& method, const std::string& target, const std::string& body = "") {
    auto result = ask(method, target, body);
    if (const auto* problem = std::get_if<Problem>(&result))
        ADD_FAILURE() << target << ": " << problem->detail;
    return std::holds_alternative<Call>(result) ? std::get<Call>(std::move(result)) : Call{};
}

Problem problem(const std::string& method, const std::string& target, const std::string& body = "") {
    auto result = ask(method, target, body);
    if (std::holds_alternative<Call>(result)) ADD_FAILURE() << target << ' ' << body << " is understood";
    return std::holds_alternative<Problem>(result) ? std::get<Problem>(std::move(result)) : Problem{};
}

TEST(Calls, OfApplications) {
    EXPECT_EQ(call("GET", "/v1/identity").kind, Call::Kind::identity);
    EXPECT_EQ(call("GET", "/v1/identities").kind, Call::Kind::identities);
    EXPECT_EQ(call("POST", "/v1/identity/token").kind, Call::Kind::token);
    EXPECT_EQ(call("POST", "/v1/identity/connection-string", R"({"expiry": 7})").expiry, seconds(7));
    EXPECT_EQ(call("POST", "/v1/identity/token", "{}").expiry, std::nullopt);
    EXPECT_EQ(call("GET", "/v1/identity/events?application=a%20b").application, "a b");
    EXPECT_FALSE(call("GET", "/v1/identity/events").is_for_administrators());
}

TEST(Calls, OfAdministrators) {
    EXPECT_TRUE(call("GET", "/metrics").is_for_administrators());
    EXPECT_TRUE(call("GET", "/v1/status").is_for_administrators());
    EXPECT_EQ(call("GET", "/v1/slots").operation.kind, Kind::list_slots);
    EXPECT_EQ(call("GET", "/v1/slots/50").operation.slot, 50U);
    EXPECT_EQ(call("DELETE", "/v1/slots/0").operation.kind, Kind::erase_slot);
    const auto token = call("POST", "/v1/slots/3/token", R"({"expiry": 60})");
    EXPECT_EQ(token.operation.kind, Kind::slot_token);
    EXPECT_EQ(token.operation.expiry, seconds(60));
    EXPECT_EQ(call("POST", "/v1/slots/3/connection-string").operation.kind, Kind::slot_connection_string);
    const auto store = call("PUT", "/v1/slots/3", R"({"connectionString": "HostName=h"})");
    EXPECT_EQ(store.operation.kind, Kind::store_slot);
    EXPECT_EQ(store.operation.connection_string.view(), "HostName=h");
    const auto provision =
        call("POST", "/v1/provision", R"({"dryRun": true, "verify": true, "prune": true, "timeout": 0})");
    EXPECT_EQ(provision.operation.kind, Kind::provision);
    EXPECT_TRUE(provision.operation.dry_run && provision.operation.verify && provision.operation.prune);
    EXPECT_EQ(provision.operation.time_limit, seconds(0));
    EXPECT_EQ(call("POST", "/v1/reprovision", "{}").operation.kind, Kind::reprovision);
    EXPECT_EQ(call("POST", "/v1/decommission").operation.kind, Kind::decommission);
    EXPECT_EQ(call("GET", "/v1/enrollment-info").operation.kind, Kind::enrollment_info);
}

TEST(Calls, ThatAreNotThere) {
    for (const auto* target :
         {"", "/", "/v1", "/v1/", "/v2/identity", "/v1/identity/", "//v1/identity", "/v1//identity",
          "/v1/Identity", "/v1/identity/token/x", "/v1/slots/x", "/v1/slots/-1", "/v1/slots/01",
          "/v1/slots/99999999999", "/v1/slots/", "/v1/%69dentity", "http://h/v1/identity", "*"})
        EXPECT_EQ(problem("GET", target).status, 404) << target;
    const auto method = problem("PATCH", "/v1/slots/1");
    EXPECT_EQ(method.status, 405);
    EXPECT_EQ(method.code, "method");
    EXPECT_EQ(method.allow, "GET, PUT, DELETE");
    EXPECT_EQ(problem("HEAD", "/v1/identity").allow, "GET");
    EXPECT_EQ(problem("get", "/v1/identity").status, 405);
}

TEST(Calls, WithAQueryThatIsNotUnderstood) {
    for (const auto* query :
         {"x=1", "application", "application=", "application=%", "application=%4",
          "application=A&application=B", "Application=A", "&application=A", "application=A&x"})
        EXPECT_EQ(problem("GET", std::string("/v1/identity?") + query).status, 400) << query;
    EXPECT_EQ(problem("GET", "/v1/identities?application=A").status, 400);
    EXPECT_EQ(problem("GET", "/v1/status?application=A").status, 400);
}

TEST(Calls, WithABodyThatIsNotUnderstood) {
    for (const auto* body :
         {"[]", "1", "{", "{}{}", R"({"expiry": 0})", R"({"expiry": true})", R"({"expiry": 1e2})",
          R"({"expiry": -1})", R"({"expiry": 18446744073709551615})", R"({"expiry": 9999999999})",
          R"({"expiry": 5, "expiry": 5})", R"({"resource": "r"})", R"({"expiry": {"expiry": 5}})", "\xff"})
        EXPECT_EQ(problem("POST", "/v1/identity/token", body).code, "usage") << body;
    for (const auto* body : {"", "{}", R"({"connectionString": ""})", R"({"connectionString": 5})",
                             R"({"connectionString": "HostName=secret", "more": 1})"})
        EXPECT_THAT(problem("PUT", "/v1/slots/1", body).detail, Not(HasSubstr("secret"))) << body;
    EXPECT_EQ(problem("GET", "/v1/identity", "{}").status, 400) << "no body is taken";
    EXPECT_EQ(problem("POST", "/v1/provision", R"({"dryRun": 1})").status, 400);
    EXPECT_EQ(problem("POST", "/v1/provision", R"({"timeout": -1})").status, 400);
    EXPECT_EQ(problem("POST", "/v1/decommission", R"({"yes": true})").status, 400);
    EXPECT_TRUE(call("POST", "/v1/decommission", R"({"dryRun": true})").operation.dry_run);
}

TEST(Problems, HaveTheCommandLinesWords) {
    EXPECT_EQ(problem_of(ErrorCode::not_provisioned, "").status, 404);
    EXPECT_EQ(problem_of(ErrorCode::certificate_identity, "").code, "certificate_identity");
    const auto later =
        problem_of(std::make_exception_ptr(Error(ErrorCode::network, "no way", Retry::later(seconds(30)))));
    EXPECT_EQ(later.status, 503);
    EXPECT_EQ(later.retry_after, seconds(30));
    EXPECT_EQ(problem_of(std::make_exception_ptr(std::runtime_error("x"))).code, "internal");
    EXPECT_EQ(reply_with(problem_of(Refused::ambiguous, "name one"), Format::text).body.view(),
              "ambiguous: name one");
    EXPECT_EQ(
        to_json(problem_of(Refused::too_many, "\xff")),
        "{\"code\":\"too-many\",\"detail\":\"\xEF\xBF\xBD\",\"status\":429,\"title\":\"Too Many Requests\"}");
}

}  // namespace
}  // namespace device_agent::app_api
