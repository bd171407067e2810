// SPDX-License-Identifier: Apache-2.0
#include "app_api/wire.hpp"

#include <boost/asio/buffer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace device_agent::app_api::wire {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Message read(const std::string& bytes) {
    Parser parser;
    set_limits(parser, {});
    parser.eager(true);
    boost::system::error_code error;
    parser.put(boost::asio::buffer(bytes), error);
    EXPECT_FALSE(error) << error.message();
    EXPECT_TRUE(parser.is_done());
    return parser.release();
}

TEST(Wire, ARequestBecomesAValue) {
    const auto message = read(
        "POST /v1/identity/token?application=A HTTP/1.1\r\nAccept: image/png\r\nAccept: text/plain\r\n"
        "Content-Length: 2\r\n\r\n{}");
    const auto request = to_request(message);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/v1/identity/token?application=A");
    EXPECT_EQ(request.format, Format::text);
    EXPECT_EQ(request.body.view(), "{}");
    EXPECT_TRUE(manner_of(message).keep_alive);
    EXPECT_FALSE(manner_of(read("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")).keep_alive);
    EXPECT_FALSE(manner_of(read("GET / HTTP/1.0\r\n\r\n")).keep_alive);
    EXPECT_TRUE(manner_of(read("HEAD / HTTP/1.1\r\n\r\n")).head_only);
    EXPECT_TRUE(manner_of(read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")).keep_alive);
}

TEST(Wire, AReplySaysHowLongItIsAndIsNotStored) {
    Reply reply{.status = 429, .content_type = "text/plain", .body = SecretText("abc")};
    reply.allow = "GET";
    reply.retry_after = std::chrono::seconds(3);
    EXPECT_EQ(head_of(reply, {.version = 11, .keep_alive = true}),
              "HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\n"
              "Content-Length: 3\r\nAllow: GET\r\nRetry-After: 3\r\n\r\n");
    EXPECT_THAT(head_of(reply, {.version = 10, .keep_alive = true}), HasSubstr("Connection: keep-alive"));
    EXPECT_THAT(head_of(reply, {.version = 11, .keep_alive = false}), HasSubstr("Connection: close"));
}

TEST(Wire, AStreamHasChunksOnlyWhereTheyAreKnown) {
    const Manner modern{.version = 11, .keep_alive = true};
    const Manner old{.version = 10, .keep_alive = false};
    EXPECT_THAT(head_of_stream("text/plain", modern), HasSubstr("Transfer-Encoding: chunked\r\n"));
    EXPECT_THAT(head_of_stream("text/plain", old), Not(HasSubstr("chunked")));
    EXPECT_THAT(head_of_stream("text/plain", old), EndsWith("\r\n\r\n"));
    EXPECT_THAT(head_of_stream("text/plain", old), StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(piece_of_stream("0123456789abcdef\n", modern).view(), "11\r\n0123456789abcdef\n\r\n");
    EXPECT_EQ(piece_of_stream("", modern).view(), "0\r\n\r\n");
    EXPECT_EQ(piece_of_stream("x\n", old).view(), "x\n");
    EXPECT_EQ(piece_of_stream("", old).view(), "");
}

}  // namespace
}  // namespace device_agent::app_api::wire
