// SPDX-License-Identifier: Apache-2.0
#include "cloud/answer.hpp"
#include "cloud/dps_reply.hpp"
#include "cloud/hub_reply.hpp"
#include "cloud/printable.hpp"
#include "foundation/error.hpp"

#include <gtest/gtest.h>

namespace device_agent::cloud {
namespace {

std::string why_not(std::string_view body) {
    try {
        static_cast<void>(parse_registration_operation(body));
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::network);
        return error.what();
    }
    return "understood";
}

TEST(DpsReply, UnderstandsAnAssignment) {
    const auto operation =
        parse_registration_operation(R"({"operationId":"4.a","status":"assigned","registrationState":{
        "assignedHub":"hub.test","deviceId":"dev-1","substatus":"initialAssignment","tpm":{"authenticationKey":"AAEC"},
        "payload":{"site":7}}})");
    EXPECT_EQ(operation.status, RegistrationOperation::Status::assigned);
    ASSERT_TRUE(operation.assignment);
    EXPECT_EQ(operation.assignment->hub, "hub.test");
    EXPECT_EQ(operation.assignment->device_id, "dev-1");
    EXPECT_EQ(operation.assignment->substatus, "initialAssignment");
    EXPECT_EQ(operation.assignment->authentication_key, (Bytes{0, 1, 2}));
    EXPECT_EQ(operation.assignment->payload, R"({"site":7})");
}

TEST(DpsReply, UnderstandsTheOtherEnds) {
    EXPECT_EQ(parse_registration_operation(R"({"operationId":"o","status":"assigning"})").operation_id, "o");
    EXPECT_EQ(parse_registration_operation(R"({"status":"disabled"})").status,
              RegistrationOperation::Status::disabled);
    const auto failed = parse_registration_operation(
        R"({"status":"failed","registrationState":{"errorCode":400208,"errorMessage":"no hub"}})");
    EXPECT_EQ(failed.failure, "400208: no hub");
}

TEST(DpsReply, NamesWhatCannotBeUnderstood) {
    EXPECT_NE(why_not("").find("not a JSON object"), std::string::npos);
    EXPECT_NE(why_not("[1]").find("not a JSON object"), std::string::npos);
    EXPECT_NE(why_not("{}").find("no status"), std::string::npos);
    EXPECT_NE(why_not(R"({"status":7})").find("status is not a string"), std::string::npos);
    EXPECT_NE(why_not(R"({"status":"lost"})").find("'lost'"), std::string::npos);
    EXPECT_NE(why_not(R"({"status":"assigning"})").find("no operationId"), std::string::npos);
    EXPECT_NE(why_not(R"({"status":"assigned"})").find("no registrationState"), std::string::npos);
    EXPECT_NE(why_not(R"({"status":"assigned","registrationState":{"deviceId":"d"}})").find("no assignedHub"),
              std::string::npos);
    EXPECT_NE(why_not(R"({"status":"assigned","registrationState":{"assignedHub":"h/x","deviceId":"d"}})")
                  .find("host name"),
              std::string::npos);
    EXPECT_NE(why_not(R"({"status":"assigned","registrationState":{"assignedHub":"h","deviceId":"a/b"}})")
                  .find("deviceId"),
              std::string::npos);
    EXPECT_NE(
        why_not(
            R"({"status":"assigned","registrationState":{"assignedHub":"h","deviceId":"d","tpm":{"authenticationKey":"?"}}})")
            .find("not base64"),
        std::string::npos);
}

TEST(DpsReply, TellsAChallengeFromARefusal) {
    EXPECT_EQ(
        parse_tpm_challenge(
            R"({"message":"Authorization required","authenticationKey":"AAEC","keyName":"registration"})"),
        (Bytes{0, 1, 2}));
    EXPECT_FALSE(parse_tpm_challenge(R"({"errorCode":401002,"message":"Unauthorized"})"));
    EXPECT_FALSE(parse_tpm_challenge("<html>"));
}

TEST(DpsReply, DescribesErrorsInOneLine) {
    EXPECT_EQ(describe_dps_error(R"({"errorCode":401002,"message":"Un\nauthorized"})"),
              "401002: Un authorized");
    EXPECT_EQ(describe_dps_error("<html>\x1b[31m"), "<html>?[31m");
    EXPECT_EQ(printable("\xfe\xc3\xa4 a\tb\x7f"), "??? a b?");
    EXPECT_EQ(printable(std::string(500, 'x')).size(), 203U);
}

TEST(HubReply, UnderstandsModulesAndTheirKeys) {
    const auto modules = parse_modules(R"([{"moduleId":"a","generationId":"7","authentication":{"type":"sas",
        "symmetricKey":{"primaryKey":"AAEC","secondaryKey":"AwQF"}}},
        {"moduleId":"b","generationId":"8","authentication":{"type":"selfSigned"}}])");
    ASSERT_EQ(modules.size(), 2U);
    EXPECT_EQ(modules[0].id, "a");
    EXPECT_EQ(modules[0].generation_id, "7");
    EXPECT_EQ(modules[0].primary_key, (SecretBytes{0, 1, 2}));
    EXPECT_EQ(modules[0].secondary_key, (SecretBytes{3, 4, 5}));
    EXPECT_EQ(modules[1].authentication, "selfSigned");
    EXPECT_TRUE(modules[1].primary_key.empty());
}

TEST(HubReply, RefusesWhatIsNoModule) {
    for (
        const char* wrong :
        {"", "7", "{}", R"({"moduleId":7})", R"({"moduleId":"a"})", R"({"moduleId":"a","generationId":"7"})",
         R"({"moduleId":"a","generationId":"7","authentication":{"type":"sas"}})",
         R"({"moduleId":"a","generationId":"7","authentication":{"type":"sas","symmetricKey":{"primaryKey":""}}})",
         R"({"moduleId":"a","generationId":"7","authentication":{"type":"sas","symmetricKey":{"primaryKey":"x"}}})",
         R"({"moduleId":"a","generationId":"7","authentication":{"type":"sas","symmetricKey":{"primaryKey":"AAEC"}}})"}) {
        EXPECT_THROW(static_cast<void>(parse_module(wrong)), Error) << wrong;
        EXPECT_THROW(static_cast<void>(parse_modules(std::string("[") + wrong)), Error)
            << wrong << " in a list that does not end";
    }
    EXPECT_TRUE(parse_modules("[]").empty());
}

TEST(HubReply, OneModuleThatIsNotUnderstoodLeavesTheOthers) {
    const auto modules = parse_modules(R"([{"moduleId":"a","authentication":7},
        {"moduleId":"b","generationId":"8","authentication":{"type":"none"}}])");
    ASSERT_EQ(modules.size(), 2U);
    EXPECT_EQ(modules[0].id, "a");
    EXPECT_NE(modules[0].defect.find("generationId"), std::string::npos) << modules[0].defect;
    EXPECT_TRUE(modules[1].defect.empty());
    for (const char* wrong : {"[7]", R"([{"generationId":"8"}])", R"([{"moduleId":7}])"})
        EXPECT_THROW(static_cast<void>(parse_modules(wrong)), Error) << wrong;
}

TEST(Reply, NestedDeeperThanAnyAnswerIsNotUnderstood) {
    constexpr std::size_t depth = 300'000;
    const auto nested = std::string(depth, '[') + std::string(depth, ']');
    EXPECT_NE(why_not(R"({"operationId":"o","status":"assigned","registrationState":{"assignedHub":"h",)"
                      R"("deviceId":"d","payload":)" +
                      nested + "}}")
                  .find("not a JSON object"),
              std::string::npos);
    EXPECT_THROW(static_cast<void>(parse_modules(nested)), Error);
    EXPECT_FALSE(parse_tpm_challenge(nested));
    EXPECT_EQ(describe_hub_error(nested).size(), 203U);
    EXPECT_FALSE(is_nested_too_deeply(R"({"a":"\"[)" + std::string(depth, '{') + R"("})")) << "in a string";
}

TEST(HubReply, TakesTheCodeOutOfAnErrorBody) {
    EXPECT_EQ(
        describe_hub_error(R"({"Message":"ErrorCode:DeviceNotFound;it is gone","ExceptionMessage":"x"})"),
        "DeviceNotFound");
    EXPECT_EQ(describe_hub_error("plain"), "plain");
}

}  // namespace
}  // namespace device_agent::cloud
