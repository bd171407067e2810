// SPDX-License-Identifier: Apache-2.0
extern "C" {
#include "client/answer.h"
}

#include <gtest/gtest.h>

#include <string>

namespace {

TEST(ClientAnswer, AHeadIsWholeAtItsEmptyLineAndNoByteBefore) {
    const std::string head =
        "HTTP/1.1 429 Too Many Requests\r\nX: y\r\nretry-after: 7\r\nContent-Length:\t12 \r\n\r\n";
    const std::string answer = head + "too-many: no";
    da_head read;
    for (std::size_t size = 0; size < head.size(); ++size)
        EXPECT_EQ(da_read_head(answer.data(), size, &read), DA_INCOMPLETE) << size;
    ASSERT_EQ(da_read_head(answer.data(), answer.size(), &read), DA_COMPLETE);
    EXPECT_EQ(read.size, head.size());
    EXPECT_EQ(read.status, 429);
    EXPECT_TRUE(read.has_length);
    EXPECT_EQ(read.length, 12U);
    EXPECT_EQ(read.retry_after, 7U);
    EXPECT_EQ(read.certificate.data, nullptr);
}

TEST(ClientAnswer, AHeadThatDoesNotEndIsMalformed) {
    const std::string answer = "HTTP/1.1 200 OK\r\nX: " + std::string(DA_MOST_HEAD, 'x');
    da_head read;
    EXPECT_EQ(da_read_head(answer.data(), DA_MOST_HEAD - 1, &read), DA_INCOMPLETE);
    EXPECT_EQ(da_read_head(answer.data(), DA_MOST_HEAD, &read), DA_MALFORMED);
    EXPECT_EQ(da_read_head(answer.data(), answer.size(), &read), DA_MALFORMED);
}

TEST(ClientAnswer, ARetryAfterThatIsADateOrNonsenseIsNone) {
    for (const char* value : {"Fri, 31 Dec 1999 23:59:59 GMT", "-1", "", "99999999999999999999"}) {
        const std::string answer = "HTTP/1.1 503 No\r\nRetry-After: " + std::string(value) + "\r\n\r\n";
        da_head read;
        ASSERT_EQ(da_read_head(answer.data(), answer.size(), &read), DA_COMPLETE) << value;
        EXPECT_EQ(read.retry_after, 0U);
        EXPECT_FALSE(read.has_length);
    }
}

TEST(ClientAnswer, ANumberIsDigitsAlone) {
    const auto number = [](const std::string& text) {
        return da_number(da_text{text.data(), text.size()}, 8192);
    };
    EXPECT_EQ(number("0"), 0);
    EXPECT_EQ(number("008192"), 8192);
    for (const char* wrong : {"", "8193", "+1", "-1", " 1", "1 ", "0x10", "18446744073709551617"})
        EXPECT_EQ(number(wrong), -1) << wrong;
}

}  // namespace
