// SPDX-License-Identifier: Apache-2.0
#include "emulator/http/closing.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/websocket/error.hpp>

#include <array>

namespace emulator::http {
namespace {

namespace asio = boost::asio;

constexpr std::size_t most_drained = 1024UL * 1024;

}  // namespace

bool is_plain_close(boost::system::error_code error) {
    return error == asio::error::eof || error == asio::ssl::error::stream_truncated ||
           error == asio::error::connection_reset || error == asio::error::operation_aborted ||
           error == boost::beast::http::error::end_of_stream ||
           error == boost::beast::websocket::error::closed;
}

asio::awaitable<void> drain(boost::beast::tcp_stream& stream) {
    boost::system::error_code ignored;
    stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    std::array<char, 4096> scrap{};
    for (std::size_t drained = 0; drained < most_drained;) {
        const auto [error, count] =
            co_await stream.async_read_some(asio::buffer(scrap), asio::as_tuple(asio::use_awaitable));
        if (error) co_return;
        drained += count;
    }
}

}  // namespace emulator::http
