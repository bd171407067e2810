// SPDX-License-Identifier: Apache-2.0
#include "emulator/http/server.hpp"

#include "emulator/http/connection.hpp"
#include "emulator/http/tls.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <thread>

namespace emulator::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds accept_pause{100};
// One for each core; more than one, so that whoever waits for the disk does not hold up everybody.
constexpr unsigned least_threads = 2;

// A thread with connections of its own: nothing of one is ever run by another thread, so that there is
// nothing to lock and nobody to wake.
struct Worker {
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> until_stopped = asio::make_work_guard(context);
};

// Why an address could not be bound; nothing when it was.
error_code bind(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (error) return error;
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    return error;
}

bool is_missing_ipv6(const asio::ip::address& address, error_code error) {
    return address.is_v6() && address.is_loopback() &&
           (error == asio::error::address_family_not_supported ||
            error == error_code(EADDRNOTAVAIL, boost::system::system_category()));
}

}  // namespace

class Server::Implementation {
public:
    Implementation(const certificates::CertifiedKey& certificate, Answer answer,
                   record::TrafficRecord& record, const device_agent::Clock& clock, const Limits& limits,
                   mqtt::Services* mqtt)
        : tls_(make_server_context(certificate)), answer_(std::move(answer)), limits_(limits), edge_{tls_,
                                                                                                     answer_,
                                                                                                     record,
                                                                                                     clock,
                                                                                                     limits_,
                                                                                                     mqtt} {}

    std::uint16_t listen(const std::vector<std::string>& addresses, std::uint16_t port,
                         record::Protocol protocol) {
        std::vector<tcp::acceptor> bound;
        for (const auto& text : addresses) {
            error_code error;
            const auto address = asio::ip::make_address(text, error);
            if (error) {
                throw device_agent::Error(device_agent::ErrorCode::usage,
                                          "\"" + text + "\" is not an IP address");
            }
            tcp::acceptor acceptor(workers_.front().context);
            error = bind(acceptor, {address, port});
            if (is_missing_ipv6(address, error)) continue;
            if (error) fail(text, port, error);
            port = acceptor.local_endpoint().port();
            bound.push_back(std::move(acceptor));
        }
        for (auto& acceptor : bound)
            acceptors_.push_back({std::move(acceptor), protocol});
        return port;
    }

    void start() {
        for (auto& acceptor : acceptors_)
            spawn(workers_.front().context.get_executor(), accept(acceptor));
        for (auto& worker : workers_)
            threads_.emplace_back([&worker] { worker.context.run(); });
    }

    void stop() {
        for (auto& worker : workers_)
            worker.context.stop();
        threads_.clear();
    }

private:
    [[noreturn]] static void fail(const std::string& address, std::uint16_t port, error_code error) {
        throw device_agent::Error(
            device_agent::ErrorCode::internal,
            "cannot listen on " + address + " port " + std::to_string(port) + ": " + error.message());
    }

    // A connection that fails in an unforeseen way (no memory) ends; the others go on.
    template <typename Executor>
    static void spawn(const Executor& executor, asio::awaitable<void> work) {
        asio::co_spawn(executor, std::move(work), [](const std::exception_ptr& failure) {
            try {
                if (failure) std::rethrow_exception(failure);
            } catch (const std::exception& error) {
                device_agent::log::error("a connection failed", {{"reason", error.what()}});
            }
        });
    }

    struct Acceptor {
        tcp::acceptor socket;
        record::Protocol protocol;
    };

    asio::awaitable<void> accept(Acceptor& acceptor) {
        for (;;) {
            auto& worker = workers_[next_++ % workers_.size()];
            auto [error, socket] =
                co_await acceptor.socket.async_accept(worker.context.get_executor(), as_result);
            if (error == asio::error::operation_aborted) co_return;
            if (error) {
                // Most likely no descriptors are left: connections must end before the next one can be taken.
                device_agent::log::warning("cannot accept a connection", {{"reason", error.message()}});
                asio::steady_timer pause(co_await asio::this_coro::executor, accept_pause);
                co_await pause.async_wait(as_result);
                continue;
            }
            error_code ignored;
            socket.set_option(tcp::no_delay(true), ignored);
            spawn(worker.context.get_executor(), serve(tcp::socket(std::move(socket)), acceptor.protocol));
        }
    }

    asio::awaitable<void> serve(tcp::socket socket, record::Protocol protocol) {
        const Place place(open_);
        Connection connection(std::move(socket), edge_, protocol);
        if (place.number > limits_.connections) {
            connection.reject("there are too many connections");
            co_return;
        }
        co_await connection.serve();
    }

    // One connection's place among those that are open.
    struct Place {
        explicit Place(std::atomic<std::size_t>& counter) : open(counter), number(++counter) {}
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() { --open; }
        std::atomic<std::size_t>& open;
        const std::size_t number;
    };

    asio::ssl::context tls_;
    const Answer answer_;
    const Limits limits_;
    const Edge edge_;
    std::atomic<std::size_t> open_{0};
    std::vector<Worker> workers_{std::max(least_threads, std::thread::hardware_concurrency())};
    std::size_t next_ = 0;  // who takes the next connection; the first worker accepts them all
    std::vector<Acceptor> acceptors_;
    std::vector<std::jthread> threads_;
};

Server::Server(const certificates::CertifiedKey& certificate, Answer answer, record::TrafficRecord& record,
               const device_agent::Clock& clock, const Limits& limits, mqtt::Services* mqtt)
    : implementation_(
          std::make_unique<Implementation>(certificate, std::move(answer), record, clock, limits, mqtt)) {}

Server::~Server() {
    stop();
}

std::uint16_t Server::listen(const std::vector<std::string>& addresses, std::uint16_t port,
                             record::Protocol protocol) {
    return implementation_->listen(addresses, port, protocol);
}

void Server::start() {
    implementation_->start();
}

void Server::stop() {
    implementation_->stop();
}

}  // namespace emulator::http
