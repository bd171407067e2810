// SPDX-License-Identifier: Apache-2.0
// One TLS connection of a client that verifies its server. Failures are thrown: a load with failures in it
// measures nothing.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <cstdint>
#include <string>

namespace bench::load {

using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

/// TLS 1.2, no session kept: every handshake is a full one.
[[nodiscard]] boost::asio::ssl::context make_context(const std::string& ca_file);

class TlsClient {
public:
    TlsClient(boost::asio::io_context& context, boost::asio::ssl::context& tls) : stream_(context, tls) {}

    /// To "localhost" at this port of 127.0.0.1, the handshake included.
    boost::asio::awaitable<void> connect(std::uint16_t port);
    /// Says goodbye, and does not wait for the server's.
    boost::asio::awaitable<void> close();

    [[nodiscard]] TlsStream& stream() { return stream_; }

private:
    TlsStream stream_;
};

}  // namespace bench::load
