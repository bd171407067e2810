// SPDX-License-Identifier: Apache-2.0
// The two streams that MQTT comes over. For the edge alone.
#pragma once

#include "emulator/mqtt/byte_stream.hpp"

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <memory>

namespace emulator::mqtt {

using TlsSocket = boost::asio::ssl::stream<boost::beast::tcp_stream>;
using UpgradeRequest = boost::beast::http::request<boost::beast::http::string_body>;

/// The handshake of TLS is done.
[[nodiscard]] std::unique_ptr<ByteStream> make_tls_stream(TlsSocket socket);

/// The subprotocol to answer with: the first of those that are offered that is "mqtt" in any case, spelled as
/// it was offered; empty when there is none.
[[nodiscard]] std::string choose_subprotocol(std::string_view offered);

/// Whether WebSockets are served at this path.
[[nodiscard]] bool is_web_socket_path(std::string_view path);

/// Answers the upgrade with `subprotocol`. Null when the client goes away meanwhile.
[[nodiscard]] boost::asio::awaitable<std::unique_ptr<ByteStream>> accept_web_socket(
    TlsSocket socket, const UpgradeRequest& request, const std::string& subprotocol);

}  // namespace emulator::mqtt
