// SPDX-License-Identifier: Apache-2.0
#include "operations/daemon_reply.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace device_agent::operations {
namespace {

Error error_in(DaemonReply& reply, int status) {
    try {
        static_cast<void>(reply.document(status));
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "no error";
    return {ErrorCode::internal, ""};
}

TEST(DaemonReply, ADocumentIsPrintedAsTheCommandItselfWould) {
    DaemonReply reply(false, {});
    reply.add(R"({"b": 1,)");
    reply.add(R"("a": [true]})");
    EXPECT_EQ(reply.document(200).view(), "{\n  \"b\": 1,\n  \"a\": [\n    true\n  ]\n}\n");
}

TEST(DaemonReply, StepsAreToldAsSoonAsTheirLineIsWhole) {
    std::vector<std::string> steps;
    DaemonReply reply(true, [&](const std::string& step) { steps.push_back(step); });
    reply.add("{\"step\": \"one\"}\n{\"st");
    EXPECT_EQ(steps, std::vector<std::string>{"one"});
    reply.add("ep\": \"two\"}\n");
    EXPECT_EQ(steps.size(), 2U);
    reply.add("{\"result\": {\"provisioned\": true}}\n");
    EXPECT_EQ(reply.document(200).view(), "{\n  \"provisioned\": true\n}\n");
}

TEST(DaemonReply, AnErrorIsTheOneThatTheWorkItselfWouldHaveThrown) {
    DaemonReply refused(false, {});
    refused.add(R"({"title": "Bad Gateway", "status": 502, "detail": "not enrolled", "code": "refused"})");
    const auto error = error_in(refused, 502);
    EXPECT_EQ(error.code(), ErrorCode::refused);
    EXPECT_STREQ(error.what(), "not enrolled");

    DaemonReply late(true, {});
    late.add("{\"error\": {\"detail\": \"no network\", \"code\": \"network\"}}\n");
    EXPECT_EQ(error_in(late, 200).code(), ErrorCode::network);
}

TEST(DaemonReply, ACallerWhoIsNoAdministratorIsToldWhatToDo) {
    DaemonReply reply(true, {});
    reply.add(R"({"status": 403, "detail": "user 1000 is no administrator", "code": "permission"})");
    const auto error = error_in(reply, 403);
    EXPECT_EQ(error.code(), ErrorCode::permission);
    EXPECT_NE(std::string(error.what()).find("`administrators`"), std::string::npos);
}

TEST(DaemonReply, AnAnswerThatBreaksOffOrMakesNoSenseIsAnErrorInWords) {
    for (const bool tells_steps : {false, true}) {
        for (const char* text : {"", "{", "[]", "{\"step\": 5}\n", "null\n"}) {
            DaemonReply reply(tells_steps, {});
            reply.add(text);
            EXPECT_EQ(error_in(reply, tells_steps ? 200 : 500).code(), ErrorCode::internal) << text;
        }
    }
}

}  // namespace
}  // namespace device_agent::operations
