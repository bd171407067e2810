// SPDX-License-Identifier: Apache-2.0
// How connections end. For the edge alone: this header shows Asio and Beast.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace emulator::http {

/// Many clients close without a word: no fault of theirs worth a record.
[[nodiscard]] bool is_plain_close(boost::system::error_code error);

/// Sends no more, and takes what the client is still sending, within the stream's time: closing on unread
/// data would reset the connection, and with it the answer that is on its way.
[[nodiscard]] boost::asio::awaitable<void> drain(boost::beast::tcp_stream& stream);

}  // namespace emulator::http
