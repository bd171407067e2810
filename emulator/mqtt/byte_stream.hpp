// SPDX-License-Identifier: Apache-2.0
// What carries MQTT: TLS itself, or a WebSocket over it. For the edge alone: this header shows Asio.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <tuple>

namespace emulator::mqtt {

/// One read and one write at a time, on the stream's own strand.
class ByteStream {
public:
    ByteStream() = default;
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;
    virtual ~ByteStream() = default;

    /// At least one byte, or an error.
    virtual boost::asio::awaitable<std::tuple<boost::system::error_code, std::size_t>> read_some(
        boost::asio::mutable_buffer buffer) = 0;
    /// All of it, or an error.
    virtual boost::asio::awaitable<boost::system::error_code> write(boost::asio::const_buffer bytes) = 0;
    /// Says goodbye as the stream's protocol has it; nothing is read or written any more.
    virtual boost::asio::awaitable<void> say_goodbye() = 0;

    [[nodiscard]] virtual boost::beast::tcp_stream& transport() = 0;
};

}  // namespace emulator::mqtt
