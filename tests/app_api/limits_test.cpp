// SPDX-License-Identifier: Apache-2.0
// What slow, greedy and hostile callers get, and that nobody else has to wait for them.
#include "tests/app_api/api_fixture.hpp"

#include <gmock/gmock.h>

#include <malloc.h>
#include <sys/socket.h>
#ifdef __SANITIZE_ADDRESS__
// Of the sanitizer's own library, whose headers g++ does not bring.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace device_agent::testing {
namespace {

using std::chrono::milliseconds;

std::size_t allocated_bytes() {
#ifdef __SANITIZE_ADDRESS__
    return __sanitizer_get_current_allocated_bytes();
#else
    return ::mallinfo2().uordblks;
#endif
}

class ApiLimits : public ApiFixture {
protected:
    ApiLimits() {
        grant("AppA");
        provision("AppA", 2);
    }
    static std::size_t open_descriptors() {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
            ++count;
        return count;
    }
};

TEST_F(ApiLimits, HeaderAndBodyHaveASize) {
    start();
    EXPECT_EQ(connect().get("/v1/identity", "X: " + std::string(9000, 'x') + "\r\n").status, 431);
    EXPECT_EQ(connect().get("/v1/identity", "X: " + std::string(7000, 'x') + "\r\n").status, 200);
    auto client = connect();
    client.send("POST /v1/identity/token HTTP/1.1\r\nContent-Length: 4097\r\n\r\n");
    EXPECT_EQ(client.read_answer().status, 413);
    auto chunked = connect();
    chunked.send("POST /v1/identity/token HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1001\r\n" +
                 std::string(0x1001, ' '));
    EXPECT_EQ(chunked.read_answer().status, 413);
    auto endless = connect();
    endless.send("GET /" + std::string(9000, 'x'));
    EXPECT_EQ(endless.read_answer().status, 431);
}

TEST_F(ApiLimits, WhatIsNoHttpIsRefused) {
    start();
    for (const auto* bytes :
         {"\r\n\r\nx\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET\r\n\r\n",
          "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n",
          "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
        auto client = connect();
        client.send(bytes);
        EXPECT_EQ(client.read_answer().status, 400) << bytes;
        EXPECT_EQ(client.read_to_end(), "");
    }
}

TEST_F(ApiLimits, SeveralRequestsMayBeSentAtOnce) {
    start();
    auto client = connect();
    client.send(
        "GET /v1/identity HTTP/1.1\r\n\r\nGET /nowhere HTTP/1.1\r\n\r\nGET /v1/identities HTTP/1.1\r\n\r\n");
    EXPECT_EQ(client.read_answer().status, 200);
    EXPECT_EQ(client.read_answer().status, 404);
    EXPECT_EQ(client.read_answer().status, 200);
}

TEST_F(ApiLimits, TheAnswerToHeadHasNoBody) {
    start();
    auto client = connect();
    client.send("HEAD /v1/identity HTTP/1.1\r\n\r\n");
    EXPECT_EQ(client.read_head().status, 405);
    EXPECT_EQ(client.get("/v1/identity").status, 200);
}

TEST_F(ApiLimits, ARequestMustArriveInTime) {
    surroundings.limits.request = milliseconds(50);
    start();
    auto client = connect();
    client.send("GET /v1/ident");
    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(ApiLimits, AnIdleConnectionIsClosedButNoEventStream) {
    surroundings.limits.idle = milliseconds(50);
    start();
    auto listener = connect();
    listener.send("GET /v1/identity/events HTTP/1.1\r\n\r\n");
    listener.read_head();
    auto idle = connect();
    EXPECT_EQ(idle.read_to_end(), "");
    view.identities.clear();
    serve();
    EXPECT_EQ(listener.read_chunked_line().value().substr(0, 24), R"({"application":"AppA","e)");
    EXPECT_THAT(listener.read_chunked_line().value(), ::testing::HasSubstr("removed"));
}

TEST_F(ApiLimits, RefusedRequestsAndNewConnectionsAreRationed) {
    surroundings.limits.process = {.burst = 20, .per_second = 0};
    start();
    auto good = connect();
    EXPECT_EQ(good.ask("POST", "/v1/identity/token").status,
              200);  // takes a part for its connection, one to sign
    int refused = 0;
    auto client = connect();
    while (client.get("/nowhere").headers.count("connection") == 0)
        ++refused;
    EXPECT_EQ(refused, 18);
    EXPECT_EQ(client.read_to_end(), "") << "the connection is closed with the answer";
    auto next = connect();
    const auto answer = next.get("/v1/identity");
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.headers.at("retry-after"), "1");
    EXPECT_EQ(json(answer).at("code"), "too-many");
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(good.ask("POST", "/v1/identity/token").status, 200) << "what costs nothing is not rationed";
    EXPECT_EQ(good.ask("POST", "/v1/identity/token", R"({"expiry": 77})").status, 429);
}

TEST_F(ApiLimits, AProcessWaitsForFewSignaturesAtATime) {
    surroundings.limits.signatures_of_process = 2;
    tokens.hold();
    start();
    auto first = connect();
    auto second = connect();
    auto third = connect();
    const std::string ask = "POST /v1/identity/token HTTP/1.1\r\nContent-Length: 15\r\n\r\n";
    first.send(ask + R"({"expiry": 101})");
    second.send(ask + R"({"expiry": 102})");
    tokens.wait_until_asked(2);
    third.send(ask + R"({"expiry": 103})");
    EXPECT_EQ(third.read_answer().status, 429);
    tokens.release();
    EXPECT_EQ(first.read_answer().status, 200);
    EXPECT_EQ(second.read_answer().status, 200);
    EXPECT_EQ(third.ask("POST", "/v1/identity/token", R"({"expiry": 103})").status, 200);
}

TEST_F(ApiLimits, AProcessHasFewEventStreams) {
    surroundings.limits.streams_of_process = 2;
    start();
    std::vector<UnixHttpClient> clients;
    for (int i = 0; i < 2; ++i) {
        clients.push_back(connect());
        clients.back().send("GET /v1/identity/events HTTP/1.1\r\n\r\n");
        EXPECT_EQ(clients.back().read_head().status, 200);
    }
    auto third = connect();
    EXPECT_EQ(third.get("/v1/identity/events").status, 429);
    clients.pop_back();
    // The server hears of it in its own time, and a connection that is refused stays open.
    while (true) {
        third.send("GET /v1/identity/events HTTP/1.1\r\n\r\n");
        if (third.read_head().status == 200) break;
        third = connect();
    }
}

TEST_F(ApiLimits, AListenerThatDoesNotReadIsCutOff) {
    surroundings.limits.request = milliseconds(200);
    start();
    auto client = connect();
    const int small = 1;
    ::setsockopt(client.descriptor(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    client.send("GET /v1/identity/events HTTP/1.1\r\n\r\n");
    client.read_head();
    // Until the server gives up: what was written until then, and the end.
    auto watcher = connect();
    for (std::uint64_t key = 2;; ++key) {
        provision("AppA", 2, key);
        serve();
        view.administrators = {.users = {"me"}, .groups = {}, .units = {}};
        if (watcher.get("/metrics").body.find("device_agent_api_event_streams 0\n") != std::string::npos)
            break;
    }
    EXPECT_THAT(client.read_to_end(), ::testing::Not(::testing::HasSubstr("\r\n0\r\n\r\n")));
}

TEST_F(ApiLimits, WhoComesWhenAllIsFullGetsIn) {
    surroundings.limits.connections = 8;
    start();
    std::vector<UnixHttpClient> idle;
    for (int i = 0; i < 8; ++i)
        idle.push_back(connect());
    for (auto& client : idle)
        EXPECT_EQ(client.get("/v1/identity").status, 200);
    auto next = connect();
    EXPECT_EQ(next.get("/v1/identity").status, 200);
    EXPECT_EQ(idle.front().read_to_end(), "") << "who was idle for longest went";
    EXPECT_EQ(idle.back().get("/v1/identity").status, 200);
}

// Clients that idle, dawdle and flood, one more before each question of a good one. (For a minute, with 500
// of them and with times: bench/api/api_load flood.)
TEST_F(ApiLimits, AFloodIsBoundedAndAGoodClientIsServed) {
    surroundings.limits.connections = 128;
    surroundings.limits.process = {.burst = 1e6, .per_second = 1e6};
    surroundings.limits.user = surroundings.limits.process;
    start();
    auto good = connect();
    ASSERT_EQ(good.ask("POST", "/v1/identity/token").status, 200);
    const auto before = open_descriptors();
    const auto memory_before = allocated_bytes();
    std::size_t most = 0;
    std::size_t most_memory = 0;
    std::vector<int> hostile;
    for (int round = 0; round < 300; ++round) {
        try {
            UnixHttpClient client = connect();
            if (round % 3 == 1) client.send("POST /v1/identity/token HTTP/1.1\r\nContent-Le");
            if (round % 3 == 2) {
                for (int i = 0; i < 20; ++i)
                    client.send("GET /nowhere HTTP/1.1\r\n\r\n");
            }
            hostile.push_back(::dup(client.descriptor()));
        } catch (const std::runtime_error&) {
            // The flooder was shown out while it wrote.
        }
        most = std::max(most, open_descriptors());
        most_memory = std::max(most_memory, allocated_bytes());
        ASSERT_EQ(good.ask("POST", "/v1/identity/token").status, 200) << round;
    }
    // The server has no more than its 128 of them.
    EXPECT_LE(most, before + hostile.size() + 128 + 2);
    EXPECT_LE(most_memory, memory_before + 128 * (surroundings.limits.header_bytes +
                                                  surroundings.limits.body_bytes + 16'384));
    for (const int descriptor : hostile)
        ::close(descriptor);
}

}  // namespace
}  // namespace device_agent::testing
