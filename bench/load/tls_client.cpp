// SPDX-License-Identifier: Apache-2.0
#include "bench/load/tls_client.hpp"

#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <stdexcept>

namespace bench::load {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

constexpr auto host = "localhost";

// What the macro SSL_set_tlsext_host_name() does, without its C casts. OpenSSL copies the name.
void set_server_name(SSL* connection, std::string name) {
    SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
}

}  // namespace

ssl::context make_context(const std::string& ca_file) {
    ssl::context context(ssl::context::tlsv12_client);
    SSL_CTX_set_session_cache_mode(context.native_handle(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context.native_handle(), SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
    context.load_verify_file(ca_file);
    context.set_verify_mode(ssl::verify_peer);
    context.set_verify_callback(ssl::host_name_verification(host));
    return context;
}

asio::awaitable<void> TlsClient::connect(std::uint16_t port) {
    auto& socket = stream_.next_layer();
    co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
    socket.set_option(asio::ip::tcp::no_delay(true));
    set_server_name(stream_.native_handle(), host);
    co_await stream_.async_handshake(ssl::stream_base::client, asio::use_awaitable);
    if (SSL_session_reused(stream_.native_handle()) != 0) throw std::runtime_error("a session was resumed");
}

asio::awaitable<void> TlsClient::close() {
    SSL_set_shutdown(stream_.native_handle(), SSL_RECEIVED_SHUTDOWN);
    co_await stream_.async_shutdown(asio::use_awaitable);
}

}  // namespace bench::load
