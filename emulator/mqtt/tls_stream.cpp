// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/streams.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace emulator::mqtt {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

class TlsStream final : public ByteStream {
public:
    explicit TlsStream(TlsSocket socket) : socket_(std::move(socket)) {}

    asio::awaitable<std::tuple<error_code, std::size_t>> read_some(asio::mutable_buffer buffer) override {
        co_return co_await socket_.async_read_some(buffer, as_result);
    }
    asio::awaitable<error_code> write(asio::const_buffer bytes) override {
        const auto [error, count] = co_await asio::async_write(socket_, bytes, as_result);
        co_return error;
    }
    asio::awaitable<void> say_goodbye() override {
        // Do not wait for the client's own goodbye.
        SSL_set_shutdown(socket_.native_handle(), SSL_RECEIVED_SHUTDOWN);
        co_await socket_.async_shutdown(as_result);
    }
    boost::beast::tcp_stream& transport() override { return socket_.next_layer(); }

private:
    TlsSocket socket_;
};

}  // namespace

std::unique_ptr<ByteStream> make_tls_stream(TlsSocket socket) {
    return std::make_unique<TlsStream>(std::move(socket));
}

}  // namespace emulator::mqtt
