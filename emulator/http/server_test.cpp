// SPDX-License-Identifier: Apache-2.0
// The edge over real sockets: TLS, limits, and what the record says of clients that break the rules.
#include "emulator/http/server.hpp"

#include "emulator/http/client.hpp"
#include "emulator/openssl_handles.hpp"
#include "emulator/testing/certificates.hpp"
#include "emulator/testing/raw_client.hpp"
#include "emulator/testing/temporary_folder.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/encoding.hpp"
#include "foundation/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <thread>

namespace emulator::http {
namespace {

using emulator::testing::RawClient;
using ::testing::HasSubstr;

const certificates::CertifiedKey& authority() {
    static const auto made = certificates::make_authority(device_agent::SystemClock().now());
    return made;
}

const certificates::CertifiedKey& certificate() {
    static const auto issued = certificates::issue_server_certificate(authority(), {"localhost", "127.0.0.1"},
                                                                      device_agent::SystemClock().now());
    return issued;
}

class Edge : public ::testing::Test {
protected:
    void start(const Limits& limits) {
        server = std::make_unique<Server>(
            certificate(),
            [this](const Request& request, record::ConnectionNumber number) {
                return answer(request, number);
            },
            record, clock, limits);
        port = server->listen({"127.0.0.1"}, 0);
        server->start();
        device_agent::write_durably(folder.path() / "ca.pem", authority().certificate);
    }
    Edge() { start({}); }

    Response answer(const Request& request, record::ConnectionNumber number) {
        Response response{.body = request.method + " " + request.host + " " +
                                  std::to_string(request.body.size())};
        if (request.target.parameter("status")) response = {.status = 204};
        response.delivery = delivery;
        if (request.target.parameter("certificates")) {
            response.body.clear();
            for (const auto& certificate : request.client_certificates)
                response.body += device_agent::base64_encode(certificate) + "\n";
        }
        record.answered(number, record::Service::hub, request, response);
        return response;
    }

    [[nodiscard]] Destination destination(const std::string& host = "localhost") const {
        return {.host = host, .port = port, .ca_file = (folder.path() / "ca.pem").string()};
    }

    // What the record says when `closed` connections are over: the server learns of a close after its client.
    nlohmann::json connections(std::size_t closed) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        for (;;) {
            auto list = record.connections();
            const auto over = std::count_if(list.begin(), list.end(),
                                            [](const auto& entry) { return !entry.at("closed").is_null(); });
            if (static_cast<std::size_t>(over) >= closed) return list;
            if (std::chrono::steady_clock::now() > deadline)
                throw std::runtime_error("connections stay open: " + list.dump());
            std::this_thread::yield();
        }
    }

    emulator::testing::TemporaryFolder folder;
    device_agent::SystemClock clock;
    record::EventLog events{clock};
    record::TrafficRecord record{clock, events};
    std::unique_ptr<Server> server;
    std::uint16_t port = 0;
    std::optional<Delivery> delivery;  ///< of each answer
};

TEST_F(Edge, CutsAnAnswerInTheMiddle) {
    delivery = Delivery{.ending = Delivery::Ending::cut_halfway};
    RawClient client(port);
    ASSERT_TRUE(client.connect());
    client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto text = client.read_to_end();
    EXPECT_THAT(text, HasSubstr("Content-Length: 15\r\n"));
    EXPECT_TRUE(text.ends_with("\r\n\r\nGET loca")) << text;
    EXPECT_THAT(connections(1).at(0).at("failure").get<std::string>(), HasSubstr("by a fault"));
}

TEST_F(Edge, HoldsAnAnswerBackUntilItsFaultIsCleared) {
    for (const auto ending : {Delivery::Ending::whole, Delivery::Ending::stall_halfway}) {
        std::stop_source fault;
        delivery = Delivery{ending, std::chrono::hours{1}, fault.get_token()};
        auto answer = std::async(std::launch::async, [&] { return send(destination(), "GET", "/", {}, ""); });
        while (record.requests(std::nullopt).empty())
            std::this_thread::yield();
        EXPECT_EQ(answer.wait_for(std::chrono::milliseconds{100}), std::future_status::timeout);
        fault.request_stop();
        EXPECT_EQ(answer.get().body, "GET localhost 0");
        record.reset();
    }
}

TEST_F(Edge, AnswersWithADate) {
    const auto response = send(destination(), "PUT", "/a?b=c", {{"X-Test", "1"}}, "hello");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "PUT localhost 5");
    EXPECT_TRUE(device_agent::parse_http_date(std::string(response.headers.find("Date").value())));
    const auto entry = connections(1).at(0);
    EXPECT_EQ(entry.at("secured"), true);
    EXPECT_EQ(entry.at("serverName"), "localhost");
    EXPECT_EQ(entry.at("requests"), 1);
    EXPECT_TRUE(entry.at("failure").is_null());
}

TEST_F(Edge, OneConnectionServesManyRequests) {
    auto client = std::make_unique<RawClient>(port);
    ASSERT_TRUE(client->connect());
    std::string requests;
    for (int i = 0; i < 20; ++i)
        requests += "GET /?status HTTP/1.1\r\nHost: x\r\n\r\n";
    client->send(requests +
                 "GET / HTTP/1.1\r\nHost: HUB.test:1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
    const auto answers = client->read_to_end();
    client.reset();
    EXPECT_THAT(answers, HasSubstr("204 No Content"));
    EXPECT_THAT(answers, HasSubstr("GET hub.test 2")) << "a body on GET is no fault";
    EXPECT_EQ(connections(1).at(0).at("requests"), 21);
}

TEST_F(Edge, ClientsCheckTheServer) {
    const auto stranger = certificates::make_authority(clock.now());
    device_agent::write_durably(folder.path() / "ca.pem", stranger.certificate);
    EXPECT_THROW(static_cast<void>(send(destination(), "GET", "/", {}, "")), device_agent::Error);
    EXPECT_THAT(connections(1).at(0).at("failure").get<std::string>(),
                HasSubstr("TLS handshake: tlsv1 alert"));
}

TEST_F(Edge, TlsIsVersion12) {
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
        EXPECT_FALSE(RawClient(port, version).connect());
    }
    EXPECT_TRUE(RawClient(port, TLS1_3_VERSION).connect()) << "agrees on 1.2";
    EXPECT_THAT(connections(1).at(0).at("failure").get<std::string>(), HasSubstr("unsupported protocol"));
}

TEST_F(Edge, AsksForACertificateAndLetsTheServicesJudgeIt) {
    const std::string request = "GET /?certificates HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    RawClient without(port);
    ASSERT_TRUE(without.connect());
    without.send(request);
    EXPECT_THAT(without.read_to_end(), ::testing::EndsWith("\r\n\r\n"));

    const auto authority = emulator::testing::self_signed("factory", {.authority = true});
    const auto issued = emulator::testing::issue(authority, "dev-1");
    const auto expired = emulator::testing::self_signed("dev-2", {.life = std::chrono::days{1}});
    RawClient with_chain(port);
    with_chain.show(issued, &authority);
    ASSERT_TRUE(with_chain.connect());
    with_chain.send(request);
    EXPECT_THAT(with_chain.read_to_end(),
                HasSubstr("\r\n\r\n" + device_agent::base64_encode(issued.der()) + "\n" +
                          device_agent::base64_encode(authority.der()) + "\n"));
    RawClient alone(port);
    alone.show(expired);
    ASSERT_TRUE(alone.connect());
    alone.send(request);
    EXPECT_THAT(alone.read_to_end(),
                HasSubstr("\r\n\r\n" + device_agent::base64_encode(expired.der()) + "\n"));
}

TEST_F(Edge, TooMuchIsRefused) {
    RawClient body(port);
    ASSERT_TRUE(body.connect());
    body.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 262145\r\n\r\n" + std::string(100'000, 'x'));
    EXPECT_THAT(body.read_to_end(), HasSubstr("HTTP/1.1 413"));

    RawClient chunked(port);
    ASSERT_TRUE(chunked.connect());
    std::string chunks;
    for (int i = 0; i < 5; ++i)
        chunks += "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    chunked.send("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
    EXPECT_THAT(chunked.read_to_end(), HasSubstr("HTTP/1.1 413"));

    RawClient header(port);
    ASSERT_TRUE(header.connect());
    header.send("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
    EXPECT_THAT(header.read_to_end(), HasSubstr("HTTP/1.1 431"));
}

TEST_F(Edge, NoHttpIsRefused) {
    for (const auto* text :
         {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /%zz HTTP/1.1\r\nConnection: close\r\n\r\n",
          "GET https://x/ HTTP/1.1\r\nConnection: close\r\n\r\n"}) {
        RawClient client(port);
        ASSERT_TRUE(client.connect());
        client.send(text);
        EXPECT_THAT(client.read_to_end(), HasSubstr("HTTP/1.1 400")) << text;
    }
}

TEST_F(Edge, AnswersToHeadHaveNoBody) {
    RawClient client(port);
    ASSERT_TRUE(client.connect());
    client.send("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const auto answer = client.read_to_end();
    EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
    EXPECT_THAT(answer, HasSubstr("Content-Length: 8\r\n")) << "that of \"HEAD x 0\"";
}

TEST_F(Edge, LongBodiesAreAskedFor) {
    RawClient client(port);
    ASSERT_TRUE(client.connect());
    client.send(
        "PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: "
        "3\r\n\r\n");
    client.send("abc");
    const auto answer = client.read_to_end();
    EXPECT_THAT(answer, HasSubstr("HTTP/1.1 100 Continue"));
    EXPECT_THAT(answer, HasSubstr("PUT x 3"));
}

TEST_F(Edge, SlowClientsAreCutOff) {
    using std::chrono::milliseconds;
    server.reset();
    start({.handshake = milliseconds{100}, .request = milliseconds{100}, .idle = milliseconds{100}});

    const openssl::Bio silent(BIO_new_connect(("127.0.0.1:" + std::to_string(port)).c_str()));
    ASSERT_EQ(BIO_do_connect(silent.get()), 1);
    char nothing = 0;
    EXPECT_LE(BIO_read(silent.get(), &nothing, 1), 0);

    RawClient idle(port);
    ASSERT_TRUE(idle.connect());
    EXPECT_EQ(idle.read_to_end(), "");

    RawClient half(port);
    ASSERT_TRUE(half.connect());
    half.send("GET / HTTP/1.1\r\nHos");
    EXPECT_EQ(half.read_to_end(), "");

    const auto seen = connections(3);
    EXPECT_THAT(seen.at(0).at("failure").get<std::string>(), HasSubstr("TLS handshake"));
    EXPECT_THAT(seen.at(1).at("failure").get<std::string>(), HasSubstr("while idle"));
    EXPECT_THAT(seen.at(2).at("failure").get<std::string>(), HasSubstr("reading a request"));
}

TEST_F(Edge, WhoSendsByteByByteIsServed) {
    RawClient client(port);
    ASSERT_TRUE(client.connect());
    for (const char byte :
         std::string("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"))
        client.send(std::string(1, byte));
    EXPECT_THAT(client.read_to_end(), HasSubstr("PUT x 5"));
}

// Each byte of theirs comes in time, the request does not.
TEST_F(Edge, WhoSendsByteByByteForeverIsCutOffWhileOthersAreServed) {
    server.reset();
    start({.request = std::chrono::milliseconds{200}});
    RawClient slow_header(port);
    ASSERT_TRUE(slow_header.connect());
    slow_header.send("GET / HTTP/1.1\r\nX: ");
    RawClient slow_body(port);
    ASSERT_TRUE(slow_body.connect());
    slow_body.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n");
    RawClient other(port);
    ASSERT_TRUE(other.connect());

    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    const auto are_open = [&] {
        const auto list = record.connections();
        return list.at(0).at("closed").is_null() || list.at(1).at("closed").is_null();
    };
    while (are_open() && std::chrono::steady_clock::now() < deadline) {
        slow_header.send("x");
        slow_body.send("x");
        other.send("GET /?status HTTP/1.1\r\nHost: x\r\n\r\n");
        ASSERT_THAT(other.read_until("\r\n\r\n"), HasSubstr("204 No Content"));
    }
    const auto seen = connections(2);
    for (const auto slow : {0U, 1U})
        EXPECT_THAT(seen.at(slow).at("failure").get<std::string>(),
                    ::testing::AllOf(HasSubstr("reading a request"), HasSubstr("timeout")));
    EXPECT_TRUE(seen.at(2).at("closed").is_null());
}

TEST_F(Edge, ThereIsAnEndToConnections) {
    server.reset();
    start({.connections = 2});
    RawClient first(port);
    RawClient second(port);
    RawClient third(port);
    ASSERT_TRUE(first.connect());
    ASSERT_TRUE(second.connect());
    EXPECT_FALSE(third.connect());
    first.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(first.read_to_end(), HasSubstr("200 OK"));
    EXPECT_THAT(connections(1).at(0).at("failure").get<std::string>(), HasSubstr("too many"));
}

TEST_F(Edge, AddressesAreBoundOrNamed) {
    try {
        Server other(certificate(), {}, record, clock);
        other.listen({"127.0.0.1"}, port);
        FAIL();
    } catch (const device_agent::Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("127.0.0.1 port " + std::to_string(port)));
    }
    Server other(certificate(), {}, record, clock);
    EXPECT_THROW(other.listen({"localhost"}, 0), device_agent::Error);
}

}  // namespace
}  // namespace emulator::http
