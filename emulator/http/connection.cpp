// SPDX-License-Identifier: Apache-2.0
#include "emulator/http/connection.hpp"

#include "emulator/format_error.hpp"
#include "emulator/http/closing.hpp"
#include "emulator/http/tls.hpp"
#include "emulator/mqtt/connection.hpp"
#include "emulator/mqtt/streams.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <array>
#include <ctime>
#include <sstream>

namespace emulator::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;

using boost::system::error_code;

// Failures come back as values: at this edge they are ordinary.
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

constexpr std::chrono::seconds closing_time{2};

std::string describe_peer(const asio::ip::tcp::socket& socket) {
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return "unknown";
    return peer.address().to_string() + " port " + std::to_string(peer.port());
}

std::string http_date(device_agent::WallTime time) {
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 40> text{};
    const auto length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text.data(), length};
}

bool expects_continue(const BeastRequest& message) {
    return beast::iequals(message[bhttp::field::expect], "100-continue");
}

// Waits on the caller's strand for what may come from another thread, or never: who makes the response keeps
// nothing of the connection alive.
asio::awaitable<Response> finish(const Deferred& later) {
    struct Awaited {
        explicit Awaited(const asio::any_io_executor& executor)
            : arrival(executor, asio::steady_timer::time_point::max()) {}
        asio::steady_timer arrival;
        std::optional<Response> response{};
    };
    // In a variable of its own: g++ 12 destroys it twice when it is awaited among arguments.
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto awaited = std::make_shared<Awaited>(executor);
    later([weak = std::weak_ptr(awaited)](Response response) {
        const auto waiting = weak.lock();
        if (!waiting) return;
        asio::post(waiting->arrival.get_executor(), [waiting, response = std::move(response)]() mutable {
            waiting->response = std::move(response);
            waiting->arrival.cancel();
        });
    });
    while (!awaited->response)
        co_await awaited->arrival.async_wait(as_result);
    co_return std::move(*awaited->response);
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, const Edge& edge, record::Protocol protocol)
    : edge_(edge),
      stream_(std::move(socket), edge.tls),
      buffer_(edge.limits.header_bytes + edge.limits.body_bytes),
      protocol_(protocol),
      number_(edge.record.opened(describe_peer(stream_.next_layer().socket()), protocol)) {}

Connection::~Connection() {
    edge_.record.closed(number_);
}

asio::awaitable<void> Connection::serve() {
    // In a variable of its own: g++ 12 lays out the frame wrongly for a co_await within the condition.
    const bool secured = co_await shake_hands();
    if (!secured) co_return;
    if (protocol_ == record::Protocol::https) {
        co_await serve_http();
        co_return;
    }
    auto stream = mqtt::make_tls_stream(std::move(stream_));
    co_await serve_mqtt(std::move(stream));
}

asio::awaitable<void> Connection::serve_http() {
    while (co_await wait_for_request()) {
        auto message = co_await read_request();
        if (!message) co_return;
        if (beast::websocket::is_upgrade(*message)) {
            co_await upgrade(*message);
            co_return;
        }
        const bool keep_alive = message->keep_alive();
        const bool is_head = message->method() == bhttp::verb::head;
        auto response = answer(std::move(*message));
        if (const auto later = std::move(response.later)) response = co_await finish(later);
        const bool sent = co_await respond(std::move(response), keep_alive, !is_head);
        if (!sent) co_return;
        if (!keep_alive) break;
    }
    co_await close();
}

asio::awaitable<bool> Connection::shake_hands() {
    stream_.next_layer().expires_after(edge_.limits.handshake);
    const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, as_result);
    if (error) {
        edge_.record.failed(number_, "TLS handshake: " + error.message());
        co_return false;
    }
    const char* name = SSL_get_servername(stream_.native_handle(), TLSEXT_NAMETYPE_host_name);
    edge_.record.secured(number_, name == nullptr ? "" : name);
    client_certificates_ = client_certificates(stream_.native_handle());
    co_return true;
}

// Waiting costs little: the buffer is given back while nothing is in it.
asio::awaitable<bool> Connection::wait_for_request() {
    if (buffer_.size() > 0) co_return true;
    buffer_.shrink_to_fit();
    stream_.next_layer().expires_after(edge_.limits.idle);
    std::array<char, 4096> first{};
    const auto [error, count] = co_await stream_.async_read_some(asio::buffer(first), as_result);
    if (error) {
        if (!is_plain_close(error)) edge_.record.failed(number_, "while idle: " + error.message());
        co_return false;
    }
    buffer_.commit(asio::buffer_copy(buffer_.prepare(count), asio::buffer(first, count)));
    co_return true;
}

asio::awaitable<std::optional<BeastRequest>> Connection::read_request() {
    stream_.next_layer().expires_after(edge_.limits.request);
    RequestParser parser(edge_.limits);
    auto [error, count] = co_await bhttp::async_read_header(stream_, buffer_, parser, as_result);
    if (!error && !parser.is_done() && expects_continue(parser.get())) {
        bhttp::response<bhttp::empty_body> go_on{bhttp::status::continue_, 11};
        std::tie(error, count) = co_await bhttp::async_write(stream_, go_on, as_result);
    }
    if (!error && !parser.is_done()) {
        std::tie(error, count) = co_await bhttp::async_read(stream_, buffer_, parser, as_result);
    }
    if (!error) co_return parser.release();
    co_await refuse(error);
    co_return std::nullopt;
}

asio::awaitable<void> Connection::refuse(error_code error) {
    if (is_plain_close(error)) co_return;
    edge_.record.failed(number_, "reading a request: " + error.message());
    auto answer = answer_to_malformed(error);
    if (!answer) co_return;
    co_await respond(std::move(*answer), false);
    co_await close();
}

asio::awaitable<bool> Connection::respond(Response response, bool keep_alive, bool with_body) {
    bhttp::response<bhttp::string_body> message{static_cast<bhttp::status>(response.status), 11};
    message.set(bhttp::field::date, http_date(edge_.clock.now()));
    for (const auto& [name, value] : response.headers)
        message.insert(name, value);
    message.body() = std::move(response.body);
    message.keep_alive(keep_alive);
    if (response.status != 204) message.content_length(message.body().size());
    if (!with_body) message.body().clear();  // its length is that of the answer to a GET
    if (response.delivery) {
        std::ostringstream text;
        text << message;
        co_return co_await deliver(std::move(*response.delivery), std::move(text).str(),
                                   message.body().size());
    }
    stream_.next_layer().expires_after(edge_.limits.request);
    const auto [error, count] = co_await bhttp::async_write(stream_, message, as_result);
    if (error) edge_.record.failed(number_, "writing an answer: " + error.message());
    co_return !error;
}

asio::awaitable<void> Connection::close() {
    stream_.next_layer().expires_after(closing_time);
    SSL_set_shutdown(stream_.native_handle(), SSL_RECEIVED_SHUTDOWN);
    if (const auto [error] = co_await stream_.async_shutdown(as_result); error) co_return;
    co_await drain(stream_.next_layer());
}

asio::awaitable<void> Connection::upgrade(const BeastRequest& request) {
    const auto subprotocol = mqtt::choose_subprotocol(request[bhttp::field::sec_websocket_protocol]);
    std::string fault_text;
    if (edge_.mqtt == nullptr || !mqtt::is_web_socket_path(request.target())) {
        fault_text = "There is no WebSocket at this path";
    } else if (subprotocol.empty()) {
        fault_text = "The subprotocol of a WebSocket is mqtt";
    } else if (buffer_.size() > 0) {
        fault_text = "The WebSocket was used before it was there";
    }
    if (!fault_text.empty()) {
        edge_.record.failed(number_, "WebSocket: " + fault_text);
        co_await respond(edge_refusal(400, fault_text), false);
        co_await close();
        co_return;
    }
    edge_.record.upgraded(number_, record::Protocol::mqtt_web_socket);
    buffer_.shrink_to_fit();
    auto stream = co_await mqtt::accept_web_socket(std::move(stream_), request, subprotocol);
    if (stream) co_await serve_mqtt(std::move(stream));
}

asio::awaitable<void> Connection::serve_mqtt(std::unique_ptr<mqtt::ByteStream> stream) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    mqtt::Peer peer{.connection = number_, .certificates = std::move(client_certificates_)};
    const auto connection =
        std::make_shared<mqtt::Connection>(executor, std::move(stream), *edge_.mqtt, std::move(peer));
    co_await connection->serve();
}

Response Connection::answer(BeastRequest&& message) const {
    try {
        auto request = to_request(std::move(message));
        request.client_certificates = client_certificates_;
        return edge_.answer(request, number_);
    } catch (const FormatError& error) {
        edge_.record.failed(number_, error.what());
        return edge_refusal(400, error.what());
    }
}

}  // namespace emulator::http
