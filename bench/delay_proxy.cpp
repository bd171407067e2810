// SPDX-License-Identifier: Apache-2.0
// delay_proxy MILLISECONDS PORT: listens on a free port of 127.0.0.1, prints "READY <port>", and passes every
// connection on to the given port of 127.0.0.1. Each byte arrives half of the delay later in each direction,
// so that a request and its answer take the whole of it longer. Nothing limits the throughput, as on a long
// line. Runs until it is killed.
#include <boost/asio.hpp>

#include <chrono>
#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

const auto loopback = asio::ip::address_v4::loopback();

struct Connection {
    tcp::socket client;
    tcp::socket server;
};

// One direction of a connection: what was read waits here for its time. An empty chunk is the end.
class Line {
public:
    Line(std::shared_ptr<Connection> connection, tcp::socket& from, tcp::socket& to, Clock::duration delay)
        : connection_(std::move(connection)),
          from_(from),
          to_(to),
          delay_(delay),
          timer_(from.get_executor()) {}

    static awaitable<void> read(std::shared_ptr<Line> line) {
        for (std::vector<char> buffer(65536);;) {
            boost::system::error_code error;
            const auto count = co_await line->from_.async_read_some(
                asio::buffer(buffer), asio::redirect_error(use_awaitable, error));
            if (error) break;
            line->put({buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count)});
        }
        line->put({});
    }

    static awaitable<void> write(std::shared_ptr<Line> line) {
        for (;;) {
            boost::system::error_code error;
            while (line->waiting_.empty()) {
                line->timer_.expires_at(Clock::time_point::max());
                co_await line->timer_.async_wait(asio::redirect_error(use_awaitable, error));
            }
            const auto [due, bytes] = std::move(line->waiting_.front());
            line->waiting_.pop_front();
            while (Clock::now() < due) {
                line->timer_.expires_at(due);
                co_await line->timer_.async_wait(asio::redirect_error(use_awaitable, error));
            }
            if (bytes.empty()) break;
            co_await asio::async_write(line->to_, asio::buffer(bytes),
                                       asio::redirect_error(use_awaitable, error));
            if (error) break;
        }
        boost::system::error_code ignored;
        line->to_.shutdown(tcp::socket::shutdown_send, ignored);
    }

private:
    void put(std::vector<char> bytes) {
        waiting_.emplace_back(Clock::now() + delay_, std::move(bytes));
        timer_.cancel();
    }

    std::shared_ptr<Connection> connection_;  // keeps the sockets
    tcp::socket& from_;
    tcp::socket& to_;
    Clock::duration delay_;
    asio::steady_timer timer_;
    std::deque<std::pair<Clock::time_point, std::vector<char>>> waiting_;
};

awaitable<void> serve(tcp::socket client, tcp::endpoint target, Clock::duration delay) {
    const auto executor = client.get_executor();
    auto connection = std::make_shared<Connection>(Connection{std::move(client), tcp::socket(executor)});
    boost::system::error_code error;
    co_await connection->server.async_connect(target, asio::redirect_error(use_awaitable, error));
    if (error) co_return;
    connection->client.set_option(tcp::no_delay(true));
    connection->server.set_option(tcp::no_delay(true));
    for (auto [from, to] : {std::pair(&connection->client, &connection->server),
                            std::pair(&connection->server, &connection->client)}) {
        const auto line = std::make_shared<Line>(connection, *from, *to, delay);
        asio::co_spawn(executor, Line::read(line), asio::detached);
        asio::co_spawn(executor, Line::write(line), asio::detached);
    }
}

awaitable<void> listen(tcp::acceptor& acceptor, tcp::endpoint target, Clock::duration delay) {
    for (;;) {
        auto client = co_await acceptor.async_accept(use_awaitable);
        asio::co_spawn(acceptor.get_executor(), serve(std::move(client), target, delay), asio::detached);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: delay_proxy MILLISECONDS PORT\n";
        return 2;
    }
    const auto delay = std::chrono::microseconds(500 * std::stol(argv[1]));
    const tcp::endpoint target(loopback, static_cast<std::uint16_t>(std::stoul(argv[2])));
    asio::io_context context(1);
    tcp::acceptor acceptor(context, tcp::endpoint(loopback, 0));
    asio::co_spawn(context, listen(acceptor, target, delay), asio::detached);
    std::cout << "READY " << acceptor.local_endpoint().port() << std::endl;
    context.run();
}
