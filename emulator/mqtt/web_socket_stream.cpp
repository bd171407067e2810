// SPDX-License-Identifier: Apache-2.0
#include "emulator/ascii.hpp"
#include "emulator/mqtt/streams.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace emulator::mqtt {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds handshake_time{10};
// A message is a stretch of the stream, whose packets have limits of their own.
constexpr std::size_t longest_message = 1024UL * 1024;

class WebSocketStream final : public ByteStream {
public:
    explicit WebSocketStream(TlsSocket socket) : socket_(std::move(socket)) {}

    asio::awaitable<bool> accept(const UpgradeRequest& request, const std::string& subprotocol) {
        // The conversation has its own idea of time.
        socket_.set_option(
            websocket::stream_base::timeout{handshake_time, websocket::stream_base::none(), false});
        socket_.set_option(websocket::stream_base::decorator([&](websocket::response_type& response) {
            response.set(boost::beast::http::field::sec_websocket_protocol, subprotocol);
        }));
        socket_.read_message_max(longest_message);
        socket_.binary(true);
        socket_.auto_fragment(false);
        const auto [error] = co_await socket_.async_accept(request, as_result);
        co_return !error;
    }
    // A packet may span frames and a frame may hold packets, so the frames' bounds mean nothing.
    asio::awaitable<std::tuple<error_code, std::size_t>> read_some(asio::mutable_buffer buffer) override {
        for (;;) {
            const auto [error, count] = co_await socket_.async_read_some(buffer, as_result);
            if (!error && socket_.got_text())
                co_return std::tuple(error_code(websocket::error::bad_data_frame), std::size_t{0});
            if (error || count > 0) co_return std::tuple(error, count);  // an empty frame is none
        }
    }
    asio::awaitable<error_code> write(asio::const_buffer bytes) override {
        const auto [error, count] = co_await socket_.async_write(bytes, as_result);
        co_return error;
    }
    asio::awaitable<void> say_goodbye() override {
        co_await socket_.async_close(websocket::close_code::normal, as_result);
    }
    boost::beast::tcp_stream& transport() override { return socket_.next_layer().next_layer(); }

private:
    websocket::stream<TlsSocket> socket_;
};

}  // namespace

std::string choose_subprotocol(std::string_view offered) {
    for (const auto& one : boost::beast::http::token_list(offered)) {
        const std::string_view name(one);
        if (equal_ignoring_case(name, "mqtt")) return std::string(name);
    }
    return {};
}

bool is_web_socket_path(std::string_view path) {
    path = path.substr(0, path.find('?'));
    return path == "/" || equal_ignoring_case(path, "/$iothub/websocket") ||
           equal_ignoring_case(path, "/%24iothub/websocket");
}

asio::awaitable<std::unique_ptr<ByteStream>> accept_web_socket(TlsSocket socket,
                                                               const UpgradeRequest& request,
                                                               const std::string& subprotocol) {
    auto stream = std::make_unique<WebSocketStream>(std::move(socket));
    const bool accepted = co_await stream->accept(request, subprotocol);
    if (!accepted) co_return nullptr;
    co_return std::move(stream);
}

}  // namespace emulator::mqtt
