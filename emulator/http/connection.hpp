// SPDX-License-Identifier: Apache-2.0
// One client's connection, from the handshake to the close: HTTP, or MQTT behind it. For the server alone:
// this header shows Asio and Beast.
#pragma once

#include "emulator/http/request_parser.hpp"
#include "emulator/mqtt/byte_stream.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <optional>

namespace emulator::http {

/// What all connections of a server share; outlives them.
struct Edge {
    boost::asio::ssl::context& tls;
    const Answer& answer;
    record::TrafficRecord& record;
    const device_agent::Clock& clock;
    const Limits& limits;
    mqtt::Services* mqtt;  ///< null: MQTT is not served
};

class Connection {
public:
    /// The socket's executor runs one thing at a time.
    Connection(boost::asio::ip::tcp::socket socket, const Edge& edge, record::Protocol protocol);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// Serves until the client closes, breaks a rule, or takes too long.
    boost::asio::awaitable<void> serve();
    /// Leaves a note in the record; the connection is closed with this object.
    void reject(const std::string& reason) { edge_.record.failed(number_, reason); }

private:
    boost::asio::awaitable<bool> shake_hands();
    boost::asio::awaitable<void> serve_http();
    boost::asio::awaitable<void> serve_mqtt(std::unique_ptr<mqtt::ByteStream> stream);
    boost::asio::awaitable<void> upgrade(const BeastRequest& request);
    boost::asio::awaitable<bool> wait_for_request();
    boost::asio::awaitable<std::optional<BeastRequest>> read_request();
    boost::asio::awaitable<bool> respond(Response response, bool keep_alive, bool with_body = true);
    boost::asio::awaitable<bool> deliver(Delivery delivery, std::string text, std::size_t body_size);
    boost::asio::awaitable<bool> write(std::string_view text);
    boost::asio::awaitable<void> refuse(boost::system::error_code error);
    boost::asio::awaitable<void> close();
    [[nodiscard]] Response answer(BeastRequest&& message) const;

    const Edge& edge_;
    boost::asio::ssl::stream<boost::beast::tcp_stream> stream_;
    boost::beast::flat_buffer buffer_;
    const record::Protocol protocol_;
    record::ConnectionNumber number_;
    std::vector<device_agent::Bytes> client_certificates_;
};

}  // namespace emulator::http
